import OCI
import Testing

@Suite struct DecodeTests {
    let spec: Spec

    init() throws { spec = try Spec.decode(Array(engineConfig.utf8)) }

    @Test func theTop() throws {
        #expect(spec.ociVersion == "1.2.1")
        #expect(spec.hostname == "host")
        #expect(spec.domainname == nil)
        #expect(spec.root?.path == "rootfs")
        #expect(spec.root?.readonly == true)
        #expect(
            spec.annotations == [
                Annotation(key: "io.container.manager", value: "libpod"), Annotation(key: "empty", value: ""),
            ])
        #expect(spec.hooks.prestart.count == 1)
        #expect(spec.hooks.prestart[0].path == "/usr/bin/hook")
        #expect(spec.hooks.prestart[0].args == ["hook", "a"])
        #expect(spec.hooks.prestart[0].env == ["B=c"])
        #expect(spec.hooks.prestart[0].timeout == 5)
        #expect(spec.hooks.poststop.map(\.timeout) == [nil])
        #expect(spec.hooks.createRuntime.isEmpty)
        try spec.validate()
    }

    @Test func mounts() {
        #expect(spec.mounts.map(\.destination) == ["/proc", "/data"])
        #expect(spec.mounts.map(\.type) == ["proc", "bind"])
        #expect(spec.mounts.map(\.source) == ["proc", "/data"])
        #expect(spec.mounts[1].options == ["rbind", "idmap"])
        #expect(spec.mounts[1].uidMappings == [IDMapping(containerID: 0, hostID: 1000, size: 1)])
        #expect(spec.mounts[1].gidMappings == [IDMapping(containerID: 0, hostID: 1000, size: 4_294_966_295)])
    }

    @Test func process() throws {
        let process = try #require(spec.process)
        #expect(process.terminal)
        #expect(process.consoleSize == ConsoleSize(height: 40, width: 120))
        #expect(process.user.uid == 1000)
        #expect(process.user.umask == 0o22)
        #expect(process.user.additionalGids == [10, 1000])
        #expect(process.args == ["sleep", "infinity"])
        #expect(process.env == ["PATH=/usr/bin:/bin", "NAME=\u{20ac}"])
        #expect(process.cwd == "/srv")
        #expect(process.capabilities?.bounding == 1 << 0 | 1 << 5 | 1 << 40)
        #expect(process.capabilities?.effective == 1)
        #expect(process.capabilities?.ambient == 0)
        #expect(process.capabilities?.unknown == ["CAP_OF_TOMORROW"])
        #expect(
            process.rlimits == [Rlimit(resource: 7, name: "RLIMIT_NOFILE", soft: 1024, hard: 1_048_576)])
        #expect(process.noNewPrivileges)
        #expect(process.apparmorProfile == "docker-default")
        #expect(process.selinuxLabel == nil)
        #expect(process.oomScoreAdj == -500)
        #expect(process.ioPriority == IOPriority(ioClass: 3, priority: 7))
        #expect(process.scheduler?.policy == 6)
        #expect(process.scheduler?.flags == 6)
        #expect(process.scheduler?.period == 30)
        #expect(process.execCPUAffinity == CPUAffinity(initial: [0, 1, 2, 5], final: nil))
    }

    @Test func linux() {
        let linux = spec.linux
        #expect(linux.uidMappings == [IDMapping(containerID: 0, hostID: 100_000, size: 65536)])
        #expect(linux.sysctl.map(\.key) == ["net.ipv4.ip_forward", "kernel/shmmax"])
        #expect(linux.cgroupsPath == "system.slice:docker:abc")
        #expect(linux.namespaces.map(\.kind) == [.mount, .network, .uts, .pid, .ipc, .user, .cgroup, .time])
        #expect(linux.namespaces.compactMap(\.path) == ["/run/netns/a"])
        #expect(linux.has(.time))
        #expect(linux.devices.map(\.path) == ["/dev/fuse", "/dev/pipe"])
        #expect(linux.devices.map(\.kind) == [UInt8(ascii: "c"), UInt8(ascii: "p")])
        #expect(linux.devices[0].fileMode == 0o666)
        #expect(linux.devices[0].gid == 5)
        #expect(linux.devices[1].fileMode == nil)
        #expect(
            linux.netDevices == [
                NetDevice(hostName: "eth1", name: "lan"), NetDevice(hostName: "eth2", name: "eth2"),
            ])
        #expect(linux.rootfsPropagation == "rslave")
        #expect(linux.maskedPaths == ["/proc/kcore"])
        #expect(linux.readonlyPaths == ["/proc/sys"])
        #expect(linux.mountLabel == "system_u:object_r:container_file_t:s0")
        #expect(linux.intelRdt?.closID == "gold")
        #expect(linux.intelRdt?.schemata == ["MB:0=20"])
        #expect(linux.personality == 8)
        #expect(
            linux.timeOffsets == [
                TimeOffset(clock: 1, seconds: -5, nanoseconds: 7),
                TimeOffset(clock: 7, seconds: 10, nanoseconds: 0),
            ])
        #expect(linux.memoryPolicy == MemoryPolicy(mode: 0x8002, nodes: [0, 1]))
    }

    @Test func resources() throws {
        let resources = try #require(spec.linux.resources)
        #expect(resources.devices.map(\.allow) == [false, true])
        #expect(resources.devices.map(\.kind) == [UInt8(ascii: "a"), UInt8(ascii: "c")])
        #expect(resources.devices[1].major == 1)
        #expect(resources.devices[1].minor == nil)
        #expect(resources.devices[1].access == "rw")
        #expect(resources.memory?.limit == 536_870_912)
        #expect(resources.memory?.swap == -1)
        #expect(resources.memory?.swappiness == nil)
        #expect(resources.cpu?.shares == 1024)
        #expect(resources.cpu?.cpus == "0-1")
        #expect(resources.cpu?.mems == nil)
        #expect(resources.cpu?.idle == 1)
        #expect(resources.pidsLimit == 2048)
        #expect(resources.blockIO?.weight == 500)
        #expect(resources.blockIO?.weightDevices.map(\.weight) == [300])
        #expect(resources.blockIO?.readBps.map(\.minor) == [16])
        #expect(resources.hugepages.map(\.pageSize) == ["2MB"])
        #expect(resources.network?.classID == 1_048_577)
        #expect(resources.network?.priorities.map(\.name) == ["eth0"])
        #expect(resources.rdma.map(\.hcaObjects) == [10000])
        #expect(resources.unified.map(\.key) == ["memory.high", "io.max"])
    }

    @Test func keepsTheFilterAsBytes() throws {
        let source = try #require(spec.linux.seccomp)
        let text = String(decoding: source.bytes, as: UTF8.self)
        #expect(text.hasPrefix("{") && text.hasSuffix("}"))
        #expect(
            text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                == "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"listenerPath\": \"/run/agent\", "
                + "\"listenerMetadata\": \"m\" }")
        #expect(source.listenerPath == "/run/agent")
        #expect(source.listenerMetadata == "m")
    }

    @Test func takesNullForAbsent() throws {
        let spec = try Spec.decode(
            Array(
                """
                {"ociVersion": "1.0.0", "process": null, "mounts": null, "linux": {"seccomp": null,
                 "namespaces": null, "resources": {"pids": null, "memory": {"limit": null}}}}
                """.utf8))
        #expect(spec.process == nil)
        #expect(spec.linux.seccomp == nil)
        #expect(spec.linux.resources?.memory?.limit == nil)
    }

    @Test(arguments: ["1.0", "1.0.2-dev", "1.3.0", "1.99.1+dev"])
    func acceptsVersions(_ version: String) throws {
        #expect(try Spec.decode(Array("{\"ociVersion\":\"\(version)\"}".utf8)).ociVersion == version)
    }

    @Test func ignoresTheLetterAOfDeviceRules() throws {
        let json = "{\"devices\":[{\"allow\":false,\"type\":\"c\",\"access\":\"rwa\"}]}"
        #expect(try Resources.decode(Array(json.utf8)).devices.map(\.access) == ["rw"])
    }
}

@Suite struct SeccompTests {
    private func decode(_ text: String) throws -> Seccomp {
        let spec = try Spec.decode(document("linux", "{\"seccomp\":\(text)}"))
        return try Seccomp.decode(#require(spec.linux.seccomp))
    }

    @Test func decodes() throws {
        let seccomp = try decode(
            """
            {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "listenerPath": "/run/l",
             "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "flags": ["SECCOMP_FILTER_FLAG_LOG"],
             "archMap": [], "syscalls": [
              {"names": ["read", "mkdir"], "action": "SCMP_ACT_ALLOW", "comment": "", "args": null},
              {"names": ["clone"], "action": "SCMP_ACT_NOTIFY", "args": [
               {"index": 0, "value": 18446744073709551615, "valueTwo": 1, "op": "SCMP_CMP_MASKED_EQ"}]},
              {"names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 22}]}
            """)
        #expect(seccomp.defaultAction == .errno)
        #expect(seccomp.defaultErrnoRet == 38)
        #expect(seccomp.architectures == ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"])
        #expect(seccomp.flags == ["SECCOMP_FILTER_FLAG_LOG"])
        #expect(seccomp.listenerPath == "/run/l")
        #expect(seccomp.syscalls.map(\.names) == [["read", "mkdir"], ["clone"], ["socket"]])
        #expect(seccomp.syscalls.map(\.action) == [.allow, .notify, .errno])
        #expect(seccomp.syscalls[2].errnoRet == 22)
        var argument = Seccomp.Argument()
        argument.value = .max
        argument.valueTwo = 1
        argument.comparison = .maskedEqual
        #expect(seccomp.syscalls[1].args == [argument])
    }

    @Test func tellsNoFlagsFromAnEmptyList() throws {
        #expect(try decode("{\"defaultAction\":\"SCMP_ACT_LOG\"}").flags == nil)
        #expect(try decode("{\"defaultAction\":\"SCMP_ACT_LOG\",\"flags\":[]}").flags == [])
    }

    @Test(arguments: [
        ("[]", "linux.seccomp: must be an object"),
        ("{}", "linux.seccomp.defaultAction: is missing"),
        ("{\"defaultAction\":1}", "linux.seccomp.defaultAction: must be a string"),
        ("{\"defaultAction\":\"ALLOW\"}", "linux.seccomp.defaultAction: \"ALLOW\" is not an action"),
        (
            "{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}",
            "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY is for single calls"
        ),
        (
            "{\"defaultAction\":\"SCMP_ACT_LOG\",\"listenerMetadata\":\"x\"}",
            "linux.seccomp.listenerMetadata: is for a listenerPath, which is missing"
        ),
        (
            "{\"defaultAction\":\"SCMP_ACT_LOG\",\"architectures\":[\"X86\"]}",
            "linux.seccomp.architectures[0]: \"X86\" is not known"
        ),
        (
            "{\"defaultAction\":\"SCMP_ACT_LOG\",\"flags\":[\"LOG\"]}",
            "linux.seccomp.flags[0]: \"LOG\" is not known"
        ),
        (
            "{\"defaultAction\":\"SCMP_ACT_LOG\",\"defaultErrnoRet\":4096}",
            "linux.seccomp.defaultErrnoRet: must be an integer from 0 to 4095"
        ),
        (
            "{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[{\"names\":[],\"action\":\"SCMP_ACT_LOG\"}]}",
            "linux.seccomp.syscalls[0].names: must not be empty"
        ),
        (
            "{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[{\"names\":[\"read\\u0000\"]}]}",
            "linux.seccomp.syscalls[0].names[0]: must not hold a NUL character"
        ),
        (
            "{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[{\"names\":[\"a\"]}]}",
            "linux.seccomp.syscalls[0].action: is missing"
        ),
        (
            "{\"defaultAction\":\"SCMP_ACT_LOG\",\"listenerPath\":\"/l\",\"syscalls\":"
                + "[{\"names\":[\"a\",\"write\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
            "linux.seccomp.syscalls[0].names[1]: SCMP_ACT_NOTIFY cannot be used for the write syscall"
        ),
        (
            "{\"defaultAction\":\"SCMP_ACT_LOG\",\"listenerPath\":\"\",\"syscalls\":"
                + "[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
            "linux.seccomp.listenerPath: is missing: SCMP_ACT_NOTIFY needs it"
        ),
    ])
    func refuses(_ text: String, expected: String) {
        #expect(refusal { _ = try decode(text) } == expected)
    }

    @Test(arguments: [
        ("{\"index\":6,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}", "index: must be an integer from 0 to 5"),
        ("{\"value\":0,\"op\":\"SCMP_CMP_EQ\"}", "index: is missing"),
        ("{\"index\":0,\"op\":\"SCMP_CMP_EQ\"}", "value: is missing"),
        (
            "{\"index\":0,\"value\":-1,\"op\":\"SCMP_CMP_EQ\"}",
            "value: must be an integer from 0 to 18446744073709551615"
        ),
        ("{\"index\":0,\"value\":0,\"op\":\"EQ\"}", "op: \"EQ\" is not a comparison"),
        ("{\"index\":0,\"value\":0}", "op: is missing"),
    ])
    func refusesArguments(_ text: String, expected: String) {
        let rule = "{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[\(text)]}"
        let profile = "{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[\(rule)]}"
        #expect(refusal { _ = try decode(profile) } == "linux.seccomp.syscalls[0].args[0].\(expected)")
    }
}
