import CHarness
import Foundation
import Harness
import Testing

/// Known escapes, each shown to fail. Every target is the container's own or lies in the trial's
/// folder; nothing here aims at a file of the host.
@Suite(.blackBox) struct Escapes {
    /// CVE-2019-5736: the container keeps the runtime's binary open and writes to it later.
    @Test func cve_2019_5736_theRuntimesBinaryCannotBeOverwritten() throws {
        let copy = Host.shared.folder + "/runtime-\(UUID().uuidString)"
        // By another process: what this one wrote, a child forked meanwhile may still hold open for writing.
        #expect(try Command("/bin/cp", [Runtime.tested.path, copy]).run(in: Host.shared.folder).succeeded)
        let trial = try Trial(arguments: ["sleep", "1000"], program: copy)
        mkfifo(trial.root + "/go", 0o600)
        #expect(try trial.create().succeeded)
        try trial.pid()
        let attack = try trial.command(["exec", trial.id, "/bin/probe", "hold", "/proc/1/exe"]).start(
            in: trial.folder)
        try trial.awaitReady()
        #expect(try trial.start().succeeded)
        Host.write("go\n", to: trial.root + "/go")
        let outcome = attack.wait()
        #expect(outcome.out.contains("writable 0"), "\(outcome)")
    }

    /// The same through a program that is the runtime itself.
    @Test func cve_2019_5736_theRuntimeAsTheContainersProgram() throws {
        let trial = try Trial("true")
        Host.write("#!/proc/self/exe\n", to: trial.root + "/bin/evil", mode: 0o755)
        trial.rewrite { $0["process", "args"] = ["/proc/self/exe"] }
        let before =
            try FileManager.default.attributesOfItem(atPath: Runtime.tested.path)[.modificationDate] as? Date
        _ = try trial.run()
        let after =
            try FileManager.default.attributesOfItem(atPath: Runtime.tested.path)[.modificationDate] as? Date
        #expect(before == after)
    }

    /// CVE-2019-19921: /proc is a link, so that what is mounted and guarded lies elsewhere.
    @Test func cve_2019_19921_aLinkForProc() throws {
        let trial = try Trial(
            "echo pwned > /proc/sys/kernel/domainname && echo broken; cat /proc/kcore | head -c 1 | wc -c")
        rmdir(trial.root + "/proc")
        mkdir(trial.root + "/elsewhere", 0o755)
        symlink("/elsewhere", trial.root + "/proc")
        let outcome = try trial.run()
        #expect(!outcome.out.contains("broken"))
        #expect(!outcome.succeeded || outcome.lines.last == "0")
    }

    /// CVE-2019-19921: a volume of the attacker's for /proc.
    @Test func cve_2019_19921_aVolumeForProc() throws {
        let trial = try Trial("echo ran")
        for name in ["", "/self", "/self/attr", "/sys", "/sys/kernel"] {
            mkdir(trial.folder + "/fake" + name, 0o755)
        }
        Host.write("", to: trial.folder + "/fake/self/attr/exec")
        Host.write("as it was", to: trial.folder + "/fake/sys/kernel/domainname")
        Host.write("", to: trial.folder + "/fake/self/oom_score_adj")
        trial.rewrite {
            $0.mount("/proc", from: trial.folder + "/fake")
            $0["linux", "sysctl"] = ["kernel.domainname": "pwned"]
            $0["process", "oomScoreAdj"] = 500
        }
        _ = try trial.run()
        #expect(Host.read(trial.folder + "/fake/self/attr/exec") == "")
        #expect(Host.read(trial.folder + "/fake/self/oom_score_adj") == "")
        #expect(Host.read(trial.folder + "/fake/sys/kernel/domainname") == "as it was")
    }

    /// CVE-2021-30465: the mountpoint is swapped for a link while the runtime looks at it.
    @Test func cve_2021_30465_aMountpointThatIsSwapped() throws {
        for _ in 0..<12 {
            let trial = try Trial("true")
            mkdir(trial.folder + "/outside", 0o755)
            mkdir(trial.root + "/volume", 0o755)
            mkdir(trial.root + "/volume/a", 0o755)
            symlink(
                String(repeating: "../", count: 16) + trial.folder.dropFirst() + "/outside",
                trial.root + "/volume/b")
            trial.rewrite {
                for number in 0..<20 { $0.mount("/volume/a/m\(number)", from: "tmpfs", type: "tmpfs", []) }
            }
            let attacker = try Command(
                Host.shared.folder + "/probe",
                ["exchange", trial.root + "/volume/a", trial.root + "/volume/b"]
            ).start(in: trial.folder)
            _ = try trial.run()
            kill(attacker.pid, SIGKILL)
            _ = attacker.wait()
            let made = try FileManager.default.contentsOfDirectory(atPath: trial.folder + "/outside")
            #expect(made == [])
        }
    }

    /// CVE-2022-29162: a capability of exec's that is inheritable.
    @Test func cve_2022_29162_noCapabilityIsInheritable() throws {
        let trial = try Trial("grep ^CapInh /proc/self/status > /before; echo > /ready; exec sleep 1000")
        try trial.launch()
        #expect(Host.read(trial.root + "/before") == "CapInh:\t0000000000000000\n")
        let outcome = try trial.exec(["grep", "^CapInh", "/proc/self/status"], ["--cap", "CAP_NET_ADMIN"])
        #expect(outcome.out == "CapInh:\t0000000000000000\n", "\(outcome.err)")
    }

    private static let toMarker = String(repeating: "../", count: 16)

    /// CVE-2024-21626: a working folder that is a descriptor the runtime left open on the host.
    @Test(arguments: 3..<13) func cve_2024_21626_aDescriptorForAWorkingFolder(fd: Int) throws {
        let trial = try Trial("true")
        Host.write("marker\n", to: trial.folder + "/marker")
        trial.rewrite {
            $0["process", "cwd"] = .string("/proc/self/fd/\(fd)")
            $0["process", "args"] = ["cat", .string(Self.toMarker + trial.folder.dropFirst() + "/marker")]
        }
        var run = trial.command(["run", "--bundle", trial.bundle, trial.id])
        run.descriptors = (3..<9).map { _ in open("/", O_RDONLY | O_DIRECTORY) }
        defer { for fd in run.descriptors { close(fd) } }
        #expect(try !run.run(in: trial.folder).out.contains("marker"))
    }

    /// The same by a link in the root filesystem, and for exec.
    @Test(arguments: 3..<13) func cve_2024_21626_execInADescriptor(fd: Int) throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        Host.write("marker\n", to: trial.folder + "/marker")
        symlink("/proc/self/fd/\(fd)", trial.root + "/way")
        try trial.launch()
        for folder in ["/proc/self/fd/\(fd)", "/way"] {
            var exec = trial.command(
                [
                    "exec", "--cwd", folder, trial.id, "cat",
                    Self.toMarker + trial.folder.dropFirst() + "/marker",
                ])
            exec.descriptors = (3..<9).map { _ in open("/", O_RDONLY | O_DIRECTORY) }
            defer { for fd in exec.descriptors { close(fd) } }
            #expect(try !exec.run(in: trial.folder).out.contains("marker"))
        }
    }

    /// CVE-2024-21626: the program itself named through a descriptor.
    @Test func cve_2024_21626_aProgramBehindADescriptor() throws {
        let trial = try Trial("true")
        Host.write("#!/bin/sh\necho marker\n", to: trial.folder + "/outside", mode: 0o755)
        for fd in 3..<10 {
            trial.rewrite {
                $0["process", "args"] = [
                    .string("/proc/self/fd/\(fd)/" + trial.folder.dropFirst() + "/outside")
                ]
            }
            var run = trial.command(["run", "--bundle", trial.bundle, trial.id])
            run.descriptors = (3..<7).map { _ in open("/", O_RDONLY | O_DIRECTORY) }
            defer { for fd in run.descriptors { close(fd) } }
            #expect(try !run.run(in: trial.folder).out.contains("marker"))
        }
    }

    /// CVE-2024-21626: the same through the runtime's own descriptor of the host's /proc, which once led from
    /// the program's path to every file of the host.
    @Test(arguments: 3..<13) func cve_2024_21626_aProgramBehindTheRuntimesDescriptor(fd: Int) throws {
        let trial = try Trial("true")
        trial.rewrite { $0["process", "args"] = [.string("/proc/self/fd/\(fd)/self/exe"), "--help"] }
        let run = try trial.command(["run", "--bundle", trial.bundle, trial.id]).run(in: trial.folder)
        #expect(run.status != 0)
        #expect(run.out.isEmpty)
    }

    /// CVE-2025-31133: /dev/null is a link, so that masking shows the link's target instead.
    @Test func cve_2025_31133_aLinkForDevNull() throws {
        let trial = try Trial("cat /masked; echo pwned > /masked; true") {
            $0.unmount("/dev")
            for place in ["/dev/pts", "/dev/shm", "/dev/mqueue"] { $0.unmount(place) }
            $0["linux", "maskedPaths"] = ["/masked"]
        }
        Host.write("behind the link\n", to: trial.root + "/target")
        Host.write("masked\n", to: trial.root + "/masked")
        symlink("/target", trial.root + "/dev/null")
        let outcome = try trial.run()
        #expect(!outcome.out.contains("behind") && !outcome.out.contains("masked"))
        #expect(Host.read(trial.root + "/target") == "behind the link\n")
        #expect(Host.read(trial.root + "/masked") == "masked\n")
    }

    /// CVE-2025-31133: the masked path itself is a link.
    @Test func cve_2025_31133_aLinkForAMaskedPath() throws {
        let trial = try Trial("cat /masked; cat /target; true") { $0["linux", "maskedPaths"] = ["/masked"] }
        Host.write("secret\n", to: trial.root + "/target")
        symlink("/target", trial.root + "/masked")
        let outcome = try trial.run()
        #expect(!outcome.succeeded || !outcome.line(0).contains("secret"))
    }

    /// CVE-2025-52565: /dev/console is a link, so that the terminal is bound over its target.
    @Test func cve_2025_52565_aLinkForTheConsole() throws {
        let trial = try Trial("test -c /victim && echo followed; echo over; exec sleep 1000") {
            $0.unmount("/dev")
            for place in ["/dev/pts", "/dev/shm", "/dev/mqueue"] { $0.unmount(place) }
            $0["process", "terminal"] = true
        }
        mkdir(trial.root + "/dev/pts", 0o755)
        Host.write("as it was\n", to: trial.root + "/victim")
        symlink("/victim", trial.root + "/dev/console")
        trial.rewrite {
            $0.mount("/dev/pts", from: "devpts", type: "devpts", ["newinstance", "ptmxmode=0666"])
        }
        let socket = harness_listen(trial.folder + "/console")
        defer { close(socket) }
        let outcome = try trial.run(["--detach", "--console-socket", trial.folder + "/console"])
        guard outcome.succeeded else { return }
        let connection = harness_accept(socket, 5000)
        try #require(connection >= 0)
        defer { close(connection) }
        var (bytes, fds, count) = (
            [CChar](repeating: 0, count: 4096), [Int32](repeating: -1, count: 16), Int32(0)
        )
        try #require(harness_receive(connection, &bytes, bytes.count, &fds, &count, 5000) >= 0 && count == 1)
        defer { close(fds[0]) }
        var seen = ""
        while !seen.contains("over"), harness_readable(fds[0], 5000) == 1 {
            let got = read(fds[0], &bytes, bytes.count)
            guard got > 0 else { break }
            seen += String(decoding: bytes[..<got].map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        try trial.pid()
        #expect(!seen.contains("followed"))
    }

    /// CVE-2025-52881: what the runtime writes to /proc lands in a file of the attacker's choice.
    @Test func cve_2025_52881_aSysctlThatIsRedirected() throws {
        let trial = try Trial("cat /victim")
        mkdir(trial.folder + "/fake", 0o755)
        Host.write("as it was\n", to: trial.root + "/victim")
        symlink("/victim", trial.folder + "/fake/domainname")
        trial.rewrite {
            $0.mount("/proc/sys/kernel", from: trial.folder + "/fake")
            $0["linux", "sysctl"] = ["kernel.domainname": "pwned"]
        }
        _ = try trial.run()
        #expect(Host.read(trial.root + "/victim") == "as it was\n")
    }

    /// CVE-2025-52881: a volume over the place where the runtime writes labels and settings.
    @Test(arguments: ["/proc/self", "/proc/sys", "/proc/self/attr", "/proc/../proc/sys"])
    func cve_2025_52881_aMountWithinProc(place: String) throws {
        let trial = try Trial("true")
        for name in ["", "/kernel", "/attr"] { mkdir(trial.folder + "/fake" + name, 0o755) }
        let files = ["/kernel/domainname", "/oom_score_adj", "/attr/exec", "/exec"]
        for file in files { Host.write("as it was", to: trial.folder + "/fake" + file) }
        trial.rewrite {
            $0.mount(place, from: trial.folder + "/fake")
            $0["linux", "sysctl"] = ["kernel.domainname": "pwned"]
            $0["process", "oomScoreAdj"] = 500
        }
        _ = try trial.run()
        for file in files { #expect(Host.read(trial.folder + "/fake" + file) == "as it was", "\(file)") }
    }
}
