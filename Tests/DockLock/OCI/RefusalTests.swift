import OCI
import Testing

@Suite struct RefusalTests {
    @Test(arguments: [
        ("[]", "must be an object"),
        ("{}", "ociVersion: is missing"),
        ("{\"ociVersion\":1}", "ociVersion: must be a string"),
        ("{\"ociVersion\":\"1\"}", "ociVersion: \"1\" is not a version 1.x"),
        ("{\"ociVersion\":\"1.\"}", "ociVersion: \"1.\" is not a version 1.x"),
        ("{\"ociVersion\":\"2.0.0\"}", "ociVersion: \"2.0.0\" is not a version 1.x"),
        ("{\"ociVersion\":\"10.0\"}", "ociVersion: \"10.0\" is not a version 1.x"),
        (
            "{\"ociVersion\":\"1.0\",\"ociVersion\":\"1.0\"}",
            "line 1, column 21: \"ociVersion\" is given twice"
        ),
        ("{\"ociVersion\":\"1.0\",}", "line 1, column 21: a member's name is missing"),
    ])
    func ofDocuments(_ text: String, expected: String) {
        #expect(refusal { _ = try Spec.decode(Array(text.utf8)) } == expected)
    }

    @Test(arguments: [
        ("process", "[]", "process: must be an object"),
        ("process", "{}", "process.cwd: is missing"),
        ("process", "{\"cwd\":\"\"}", "process.cwd: must be an absolute path"),
        ("root", "{}", "root.path: is missing"),
        ("root", "{\"path\":\"\"}", "root.path: is missing"),
        ("root", "{\"path\":\"r\\u0000\"}", "root.path: must not hold a NUL character"),
        ("root", "{\"path\":\"r\",\"readonly\":1}", "root.readonly: must be true or false"),
        ("hostname", "7", "hostname: must be a string"),
        ("mounts", "{}", "mounts: must be an array"),
        ("mounts", "[{\"destination\":\"/a\"},{}]", "mounts[1].destination: is missing"),
        (
            "mounts", "[{\"destination\":\"/a\",\"options\":[\"ro\",5]}]",
            "mounts[0].options[1]: must be a string"
        ),
        (
            "mounts", "[{\"destination\":\"/a\",\"source\":\"\\u0000\"}]",
            "mounts[0].source: must not hold a NUL character"
        ),
        (
            "mounts",
            "[{\"destination\":\"/a\",\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]}]",
            "mounts[0].gidMappings: is missing: a mount maps user and group ids, or neither"
        ),
        ("hooks", "[]", "hooks: must be an object"),
        ("hooks", "{\"prestart\":[{}]}", "hooks.prestart[0].path: is missing"),
        (
            "hooks", "{\"poststop\":[{\"path\":\"bin/a\"}]}",
            "hooks.poststop[0].path: must be an absolute path"
        ),
        (
            "hooks", "{\"poststart\":[{\"path\":\"/a\",\"timeout\":0}]}",
            "hooks.poststart[0].timeout: must be an integer from 1 to 2147483647"
        ),
        ("annotations", "{\"a\":1}", "annotations.a: must be a string"),
        ("annotations", "{\"\":\"x\"}", "annotations: a key is empty"),
        ("annotations", "{\"a\\u0000\":\"x\"}", "annotations: must not hold a NUL character"),
        ("linux", "true", "linux: must be an object"),
    ])
    func ofTheTop(_ key: String, _ value: String, expected: String) {
        #expect(refusal { _ = try Spec.decode(document(key, value)) } == expected)
    }

    @Test(arguments: [
        ("\"args\":[]", "args: must not be empty"),
        ("\"args\":[\"\"]", "args[0]: must not be empty"),
        ("\"args\":[\"a\\u0000b\"]", "args[0]: must not hold a NUL character"),
        ("\"terminal\":\"yes\"", "terminal: must be true or false"),
        ("\"consoleSize\":{\"height\":1}", "consoleSize.width: is missing"),
        (
            "\"consoleSize\":{\"height\":65536,\"width\":1}",
            "consoleSize.height: must be an integer from 0 to 65535"
        ),
        ("\"user\":{\"uid\":-1}", "user.uid: must be an integer from 0 to 4294967295"),
        ("\"user\":{\"uid\":4294967295}", "user.uid: must be an integer from 0 to 4294967294"),
        ("\"user\":{\"gid\":1.0}", "user.gid: must be an integer from 0 to 4294967295"),
        ("\"user\":{\"additionalGids\":[1,4294967295]}", "user.additionalGids[1]: is not a group id"),
        ("\"user\":{\"umask\":512}", "user.umask: must be an integer from 0 to 511"),
        ("\"env\":[\"A=\\u0000\"]", "env[0]: must not hold a NUL character"),
        ("\"cwd\":\"tmp\"", "cwd: must be an absolute path"),
        ("\"capabilities\":[]", "capabilities: must be an object"),
        ("\"capabilities\":{\"bounding\":\"all\"}", "capabilities.bounding: must be an array"),
        ("\"capabilities\":{\"ambient\":[\"CAP_KILL\",3]}", "capabilities.ambient[1]: must be a string"),
        (
            "\"rlimits\":[{\"type\":\"NOFILE\",\"soft\":1,\"hard\":1}]",
            "rlimits[0].type: \"NOFILE\" is not known"
        ),
        ("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1}]", "rlimits[0].hard: is missing"),
        (
            "\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]",
            "rlimits[0].soft: is above the hard limit"
        ),
        (
            "\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1},"
                + "{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1}]",
            "rlimits[1].type: \"RLIMIT_AS\" is given twice"
        ),
        ("\"oomScoreAdj\":1001", "oomScoreAdj: must be an integer from -1000 to 1000"),
        ("\"scheduler\":{}", "scheduler.policy: is missing"),
        ("\"scheduler\":{\"policy\":\"SCHED_X\"}", "scheduler.policy: \"SCHED_X\" is not known"),
        (
            "\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"nice\":20}",
            "scheduler.nice: must be an integer from -20 to 19"
        ),
        (
            "\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"priority\":1}",
            "scheduler.priority: belongs to SCHED_FIFO and SCHED_RR alone"
        ),
        (
            "\"scheduler\":{\"policy\":\"SCHED_RR\",\"deadline\":1}",
            "scheduler.policy: takes no times: only SCHED_DEADLINE does"
        ),
        (
            "\"scheduler\":{\"policy\":\"SCHED_RR\",\"flags\":[\"X\"]}",
            "scheduler.flags[0]: \"X\" is not known"
        ),
        (
            "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_NONE\"}",
            "ioPriority.class: \"IOPRIO_CLASS_NONE\" is not known"
        ),
        (
            "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":8}",
            "ioPriority.priority: must be an integer from 0 to 7"
        ),
        (
            "\"execCPUAffinity\":{\"initial\":\"1-\"}",
            "execCPUAffinity.initial: \"1-\" is not a list of numbers as in 0-3,7"
        ),
    ])
    func ofProcesses(_ member: String, expected: String) {
        let defaults = [("args", "[\"a\"]"), ("cwd", "\"/\"")].filter { !member.hasPrefix("\"\($0.0)\"") }
        let text = "{" + defaults.map { "\"\($0.0)\":\($0.1)," }.joined() + member + "}"
        #expect(refusal { _ = try ProcessSpec.decode(Array(text.utf8)) } == expected)
    }

    @Test(arguments: [
        ("\"namespaces\":[{}]", "namespaces[0].type: is missing"),
        ("\"namespaces\":[{\"type\":\"net\"}]", "namespaces[0].type: \"net\" is not a kind of namespace"),
        (
            "\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"uts\"},{\"type\":\"pid\"}]",
            "namespaces[2].type: \"pid\" is given twice"
        ),
        (
            "\"namespaces\":[{\"type\":\"pid\",\"path\":\"ns\"}]",
            "namespaces[0].path: must be an absolute path"
        ),
        (
            "\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":0}]",
            "uidMappings[0].size: must be above zero"
        ),
        (
            "\"gidMappings\":[{\"containerID\":1,\"hostID\":0,\"size\":4294967295}]",
            "gidMappings[0].size: reaches beyond the last id"
        ),
        (
            "\"gidMappings\":[{\"containerID\":0,\"hostID\":4294967295,\"size\":1}]",
            "gidMappings[0].size: reaches beyond the last id"
        ),
        ("\"uidMappings\":[{\"containerID\":0,\"size\":1}]", "uidMappings[0].hostID: is missing"),
        ("\"cgroupsPath\":\"/a/../../b\"", "cgroupsPath: must not hold .."),
        ("\"devices\":[{\"type\":\"c\"}]", "devices[0].path: is missing"),
        ("\"devices\":[{\"path\":\"dev/a\",\"type\":\"c\"}]", "devices[0].path: must be an absolute path"),
        (
            "\"devices\":[{\"path\":\"/dev/a\",\"type\":\"d\"}]",
            "devices[0].type: \"d\" is none of b, c, u and p"
        ),
        (
            "\"devices\":[{\"path\":\"/dev/a\",\"type\":\"c\",\"major\":-1}]",
            "devices[0].major: must be an integer from 0 to 4294967295"
        ),
        (
            "\"devices\":[{\"path\":\"/dev/a\",\"type\":\"p\",\"fileMode\":65536}]",
            "devices[0].fileMode: must be an integer from 0 to 65535"
        ),
        ("\"netDevices\":{\"a/b\":{}}", "netDevices.a/b: is not the name of a network device"),
        (
            "\"netDevices\":{\"eth0\":{\"name\":\"a name\"}}",
            "netDevices.eth0.name: \"a name\" is not the name of a network device"
        ),
        (
            "\"netDevices\":{\"eth0\":{\"name\":\"e\"},\"eth1\":{\"name\":\"e\"}}",
            "netDevices.eth1.name: \"e\" is given twice"
        ),
        ("\"rootfsPropagation\":\"public\"", "rootfsPropagation: \"public\" is not known"),
        ("\"maskedPaths\":[\"/a\",\"b\"]", "maskedPaths[1]: must be an absolute path"),
        ("\"readonlyPaths\":[\"/a\\u0000\"]", "readonlyPaths[0]: must not hold a NUL character"),
        ("\"intelRdt\":{\"closID\":\"../a\"}", "intelRdt.closID: \"../a\" is not the name of a folder"),
        ("\"intelRdt\":{\"schemata\":[1]}", "intelRdt.schemata[0]: must be a string"),
        ("\"personality\":{}", "personality.domain: is missing"),
        ("\"personality\":{\"domain\":\"BSD\"}", "personality.domain: \"BSD\" is not known"),
        ("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"a\"]}", "personality.flags: no flag is known"),
        ("\"timeOffsets\":{\"realtime\":{}}", "timeOffsets.realtime: is neither monotonic nor boottime"),
        (
            "\"timeOffsets\":{\"boottime\":{\"nanosecs\":1000000000}}",
            "timeOffsets.boottime.nanosecs: must be an integer from 0 to 999999999"
        ),
        ("\"memoryPolicy\":{}", "memoryPolicy.mode: is missing"),
        ("\"memoryPolicy\":{\"mode\":\"BIND\"}", "memoryPolicy.mode: \"BIND\" is not known"),
        (
            "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"3-1\"}",
            "memoryPolicy.nodes: \"3-1\" is not a list of numbers as in 0-3,7"
        ),
        (
            "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"flags\":[\"MPOL_F_X\"]}",
            "memoryPolicy.flags[0]: \"MPOL_F_X\" is not known"
        ),
        ("\"sysctl\":{\"net.a\":1}", "sysctl.net.a: must be a string"),
        ("\"seccomp\":[]", "seccomp: must be an object"),
    ])
    func ofLinux(_ member: String, expected: String) {
        #expect(refusal { _ = try linux(member) } == "linux.\(expected)")
    }

    @Test(arguments: [
        ("\"devices\":[{\"type\":\"c\"}]", "devices[0].allow: is missing"),
        ("\"devices\":[{\"allow\":true,\"type\":\"p\"}]", "devices[0].type: \"p\" is none of a, b and c"),
        (
            "\"devices\":[{\"allow\":true,\"access\":\"rx\"}]",
            "devices[0].access: \"rx\" is not some of r, w and m"
        ),
        (
            "\"devices\":[{\"allow\":true,\"access\":\"\"}]",
            "devices[0].access: \"\" is not some of r, w and m"
        ),
        (
            "\"devices\":[{\"allow\":true,\"major\":-2}]",
            "devices[0].major: must be an integer from -1 to 4294967295"
        ),
        (
            "\"memory\":{\"limit\":9223372036854775808}",
            "memory.limit: must be an integer from -9223372036854775808 to 9223372036854775807"
        ),
        ("\"memory\":{\"swappiness\":101}", "memory.swappiness: must be an integer from 0 to 100"),
        ("\"cpu\":{\"shares\":-1}", "cpu.shares: must be an integer from 0 to 18446744073709551615"),
        ("\"cpu\":{\"cpus\":\"0\\u0000\"}", "cpu.cpus: must not hold a NUL character"),
        ("\"pids\":5", "pids: must be an object"),
        ("\"blockIO\":{\"weight\":70000}", "blockIO.weight: must be an integer from 0 to 65535"),
        ("\"blockIO\":{\"weightDevice\":[{\"major\":8}]}", "blockIO.weightDevice[0].minor: is missing"),
        (
            "\"blockIO\":{\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":0}]}",
            "blockIO.throttleWriteIOPSDevice[0].rate: is missing"
        ),
        (
            "\"hugepageLimits\":[{\"pageSize\":\"../2MB\",\"limit\":1}]",
            "hugepageLimits[0].pageSize: \"../2MB\" is not a size as in 64KB, 2MB, 1GB"
        ),
        ("\"hugepageLimits\":[{\"pageSize\":\"2MB\"}]", "hugepageLimits[0].limit: is missing"),
        ("\"network\":{\"priorities\":[{\"name\":\"a\"}]}", "network.priorities[0].priority: is missing"),
        (
            "\"rdma\":{\"m\":{\"hcaHandles\":-1}}",
            "rdma.m.hcaHandles: must be an integer from 0 to 4294967295"
        ),
        ("\"unified\":{\"../a\":\"b\"}", "unified: \"../a\" is not the name of a file"),
        ("\"unified\":{\"..\":\"b\"}", "unified: \"..\" is not the name of a file"),
    ])
    func ofResources(_ member: String, expected: String) {
        #expect(refusal { _ = try Resources.decode(Array("{\(member)}".utf8)) } == expected)
        #expect(
            refusal { _ = try linux("\"resources\":{\(member)}") } == "linux.resources.\(expected)")
    }
}
