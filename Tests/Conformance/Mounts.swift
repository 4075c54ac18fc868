import Glibc
import Harness
import Testing

/// `mounts` and `root`: what the container sees of files, and how.
@Suite(.blackBox) struct Mounts {
    /// The options of the last mount at a place, from the container's own mountinfo, with optional
    /// fields and the filesystem's options.
    private func options(at place: String, _ change: (inout Value) -> Void) throws -> [String] {
        let outcome = try Trial("grep ' \(place) ' /proc/self/mountinfo", change).run()
        try #require(outcome.succeeded, "\(outcome.err)")
        return outcome.line(outcome.lines.count - 1).split { $0 == " " || $0 == "," }.map(String.init)
    }

    @Test(arguments: ["ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime", "relatime", "rw"])
    func aFlagOfATmpfs(flag: String) throws {
        let got = try options(at: "/mnt") { $0.mount("/mnt", from: "tmpfs", type: "tmpfs", [flag]) }
        #expect(got.contains(flag))
    }

    @Test(arguments: [
        (["suid", "nosuid"], "nosuid", true), (["nosuid", "suid"], "nosuid", false),
        (["nodev", "dev"], "nodev", false), (["noexec", "exec"], "noexec", false),
        (["ro", "rw"], "ro", false),
    ])
    func theLastWordWins(options words: [String], flag: String, there: Bool) throws {
        let got = try options(at: "/mnt") { $0.mount("/mnt", from: "tmpfs", type: "tmpfs", words) }
        #expect(got.contains(flag) == there)
    }

    @Test func strictatime() throws {
        let got = try options(at: "/mnt") { $0.mount("/mnt", from: "tmpfs", type: "tmpfs", ["strictatime"]) }
        #expect(!got.contains("relatime") && !got.contains("noatime"))
    }

    @Test func theDataOfATmpfs() throws {
        let got = try options(at: "/mnt") {
            $0.mount("/mnt", from: "tmpfs", type: "tmpfs", ["size=128k", "mode=700", "uid=3", "gid=4"])
        }
        #expect(Set(got).isSuperset(of: ["size=128k", "mode=700", "uid=3", "gid=4"]))
    }

    @Test func aTmpfsIsFullAtItsSize() throws {
        let trial = try Trial("head -c 200000 /dev/zero > /mnt/f; stat -c %s /mnt/f") {
            $0.mount("/mnt", from: "tmpfs", type: "tmpfs", ["size=128k"])
        }
        #expect(try trial.run().lines.last == "131072")
    }

    @Test func tmpcopyupTakesWhatWasThere() throws {
        let trial = try Trial("cat /data/a /data/deep/b; stat -c %a /data/a; stat -c %T -f /data") {
            $0.mount("/data", from: "tmpfs", type: "tmpfs", ["tmpcopyup"])
        }
        mkdir(trial.root + "/data", 0o755)
        mkdir(trial.root + "/data/deep", 0o755)
        Host.write("a\n", to: trial.root + "/data/a", mode: 0o640)
        Host.write("b\n", to: trial.root + "/data/deep/b")
        #expect(try trial.run().lines == ["a", "b", "640", "tmpfs"])
    }

    @Test func aFolderIsBound() throws {
        let trial = try boundTrial("cat /mnt/given; echo back > /mnt/back")
        #expect(try trial.run().out == "given\n")
        #expect(Host.read(trial.folder + "/shared/back") == "back\n")
    }

    /// A trial with folder/shared bound at /mnt; `script` finds /mnt/given.
    private func boundTrial(_ script: String, _ options: [String] = ["bind"], mode: mode_t = 0o777) throws
        -> Trial
    {
        let trial = try Trial(script)
        mkdir(trial.folder + "/shared", 0o755)
        chmod(trial.folder + "/shared", mode)
        Host.write("given\n", to: trial.folder + "/shared/given")
        var config = trial.configuration
        config.mount("/mnt", from: trial.folder + "/shared", options)
        Host.write(config.json, to: trial.bundle + "/config.json")
        return trial
    }

    @Test func aRelativeSourceIsTheBundles() throws {
        let trial = try Trial("cat /mnt/given") { $0.mount("/mnt", from: "beside") }
        mkdir(trial.bundle + "/beside", 0o755)
        Host.write("given\n", to: trial.bundle + "/beside/given")
        #expect(try trial.run().out == "given\n")
    }

    @Test func aReadOnlyBind() throws {
        let trial = try boundTrial("touch /mnt/new 2>/dev/null; echo $?; cat /mnt/given", ["bind", "ro"])
        #expect(try trial.run().lines == ["1", "given"])
    }

    @Test func aBindKeepsTheFlagsOfItsOwn() throws {
        let trial = try boundTrial(
            "grep ' /mnt ' /proc/self/mountinfo", ["rbind", "nosuid", "noexec", "nodev"])
        let words = try trial.run().line(0).split { $0 == " " || $0 == "," }
        #expect(Set(words).isSuperset(of: ["nosuid", "noexec", "nodev"]))
    }

    @Test func aFileIsBoundWhereNoneWas() throws {
        let trial = try boundTrial("cat /etc/deep/in/there")
        var config = trial.configuration
        config.mount("/etc/deep/in/there", from: trial.folder + "/shared/given", ["bind", "ro"])
        Host.write(config.json, to: trial.bundle + "/config.json")
        #expect(try trial.run().out == "given\n")
    }

    @Test func aMissingMountpointIsMade() throws {
        let got = try options(at: "/new/deep/place") {
            $0.mount("/new/deep/place", from: "tmpfs", type: "tmpfs", [])
        }
        #expect(got.contains("tmpfs"))
    }

    @Test func aMissingSourceIsAnError() throws {
        let trial = try Trial("echo ran") { $0.mount("/mnt", from: "/no/such/source") }
        let outcome = try trial.run()
        #expect(!outcome.succeeded && !outcome.out.contains("ran"))
        #expect(outcome.err.contains("/no/such/source"))
    }

    @Test(arguments: [(["rbind", "ro"], "0"), (["rbind", "rro"], "1")])
    func readOnlyReachesBelowOnlyWhenAsked(options: [String], want: String) throws {
        let inner = try Trial("true")
        let trial = try boundTrial("touch /mnt/below/new 2>/dev/null; echo $?", options)
        mkdir(trial.folder + "/shared/below", 0o777)
        _ = inner
        #expect(mount("tmpfs", trial.folder + "/shared/below", "tmpfs", 0, "size=64k") == 0)
        defer { umount2(trial.folder + "/shared/below", 2) }
        #expect(try trial.run().out == want + "\n")
    }

    @Test(arguments: ["rnosuid", "rnodev", "rnoexec", "rnoatime", "rnodiratime"])
    func theRecursiveFlags(option: String) throws {
        let trial = try boundTrial("grep ' /mnt' /proc/self/mountinfo", ["rbind", option])
        mkdir(trial.folder + "/shared/below", 0o777)
        #expect(mount("tmpfs", trial.folder + "/shared/below", "tmpfs", 0, "size=64k") == 0)
        defer { umount2(trial.folder + "/shared/below", 2) }
        let lines = try trial.run().lines
        #expect(lines.count == 2)
        for line in lines { #expect(line.contains(option.dropFirst())) }
    }

    @Test func aPlainBindLeavesOutWhatIsBelow() throws {
        let trial = try boundTrial("ls /mnt/below", ["bind"])
        mkdir(trial.folder + "/shared/below", 0o777)
        #expect(mount("tmpfs", trial.folder + "/shared/below", "tmpfs", 0, "size=64k") == 0)
        defer { umount2(trial.folder + "/shared/below", 2) }
        Host.write("x", to: trial.folder + "/shared/below/hidden")
        #expect(try trial.run().out == "")
    }

    @Test(arguments: [
        ("shared", "shared:"), ("slave", "master:"), ("private", ""), ("unbindable", "unbindable"),
    ])
    func propagation(word: String, want: String) throws {
        let trial = try boundTrial("grep ' /mnt ' /proc/self/mountinfo", ["bind", word])
        #expect(mount(trial.folder + "/shared", trial.folder + "/shared", nil, UInt(MS_BIND), nil) == 0)
        defer { umount2(trial.folder + "/shared", 2) }
        #expect(mount(nil, trial.folder + "/shared", nil, UInt(MS_SHARED), nil) == 0)
        let outcome = try trial.run()
        #expect(outcome.succeeded, "\(outcome.err)")
        let fields = outcome.line(0).split(separator: " ").map(String.init)
        let optional = fields.dropFirst(6).prefix { $0 != "-" }.joined(separator: " ")
        #expect(want.isEmpty ? optional.isEmpty : optional.contains(want))
    }

    @Test func mountsInsideStayInside() throws {
        let trial = try Trial("mount -t tmpfs tmpfs /mnt && echo > /ready; exec sleep 1000") {
            $0.capabilities(["CAP_SYS_ADMIN"], in: ["bounding", "permitted", "effective"])
        }
        try trial.launch()
        let table = Host.read("/proc/self/mountinfo") ?? ""
        #expect(!table.contains(trial.root))
    }

    @Test(arguments: [("rshared", "shared:"), ("rslave", ""), ("rprivate", "")])
    func propagationOfTheRoot(word: String, want: String) throws {
        let trial = try Trial("grep ' / / \\| / rw' /proc/self/mountinfo | head -1") {
            $0["linux", "rootfsPropagation"] = .string(word)
        }
        let outcome = try trial.run()
        #expect(outcome.succeeded, "\(outcome.err)")
        let fields = outcome.line(0).split(separator: " ").map(String.init)
        let optional = fields.dropFirst(6).prefix { $0 != "-" }.joined(separator: " ")
        #expect(want.isEmpty ? !optional.contains("shared:") : optional.contains(want))
    }

    @Test func theRootIsReadOnlyWhenAsked() throws {
        let trial = try Trial("touch /new 2>/dev/null; echo $?; touch /dev/shm/new && echo fine") {
            $0["root", "readonly"] = true
        }
        #expect(try trial.run().lines == ["1", "fine"])
    }

    @Test func theRootIsWritableOtherwise() throws {
        let trial = try Trial("echo hello > /new")
        #expect(try trial.run().succeeded)
        #expect(Host.read(trial.root + "/new") == "hello\n")
    }

    @Test func anAbsoluteRoot() throws {
        let trial = try Trial("echo ran")
        var config = trial.configuration
        config["root", "path"] = .string(trial.root)
        Host.write(config.json, to: trial.bundle + "/config.json")
        #expect(try trial.run().out == "ran\n")
    }

    @Test func aMissingRootIsAnError() throws {
        let trial = try Trial("echo ran") { $0["root", "path"] = "nowhere" }
        let outcome = try trial.run()
        #expect(!outcome.succeeded && outcome.err.contains("nowhere"))
    }

    @Test func theHostsFilesAreOutOfSight() throws {
        let trial = try Trial("ls -a / | sort | tr '\\n' ' '; ls /proc/1/root/..")
        let outcome = try trial.run()
        #expect(!outcome.out.contains("boot") && !outcome.out.contains("home"))
        #expect(!outcome.out.contains(".pivot") && !outcome.out.contains("oldroot"))
    }

    @Test func noPivotWorksToo() throws {
        let trial = try Trial("ls /; pwd")
        let outcome = try trial.run(["--no-pivot"])
        #expect(outcome.succeeded, "\(outcome.err)")
        #expect(!outcome.out.contains("boot"))
    }

    @Test func aMaskedFileIsEmptyAndAMaskedFolderToo() throws {
        let trial = try Trial("cat /secret; ls /secrets | wc -l; touch /secrets/x 2>/dev/null; echo $?") {
            $0["linux", "maskedPaths"] = ["/secret", "/secrets", "/not/there"]
        }
        Host.write("secret\n", to: trial.root + "/secret")
        mkdir(trial.root + "/secrets", 0o755)
        Host.write("secret\n", to: trial.root + "/secrets/file")
        let outcome = try trial.run()
        #expect(outcome.lines == ["0", "1"], "\(outcome.err)")
        #expect(!outcome.out.contains("secret"))
    }

    @Test func aReadOnlyPathCannotBeWritten() throws {
        let trial = try Trial(
            "echo x > /fixed 2>/dev/null; echo $?; touch /fixtures/x 2>/dev/null; echo $?; cat /fixed"
        ) {
            $0["linux", "readonlyPaths"] = ["/fixed", "/fixtures", "/not/there"]
        }
        Host.write("as it was\n", to: trial.root + "/fixed")
        mkdir(trial.root + "/fixtures", 0o755)
        #expect(try trial.run().lines == ["1", "1", "as it was"])
    }

    @Test func theStandardPathsAreGuarded() throws {
        let trial = try Trial(
            "echo x > /proc/sys/kernel/domainname; echo $?; cat /proc/kcore | wc -c; cat /proc/keys | wc -c")
        #expect(try trial.run().lines == ["1", "0", "0"])
    }

    @Test func aMountpointThroughALinkStaysInside() throws {
        let trial = try Trial("ls /there/inside; echo x > /there/inside/made") {
            $0.mount("/way/inside", from: "tmpfs", type: "tmpfs", [])
        }
        symlink("/there", trial.root + "/way")
        mkdir(trial.root + "/there", 0o755)
        let outcome = try trial.run()
        #expect(outcome.succeeded, "\(outcome.err)")
        #expect(Host.exists(trial.root + "/there/inside"))
        #expect(!Host.exists(trial.root + "/there/inside/made"))
    }

    @Test(arguments: ["/../../../../../..", "../../../../../../..", "/"])
    func aLinkToTheHostStaysInside(prefix: String) throws {
        let trial = try Trial("true")
        let target = prefix + trial.folder + "/outside"
        mkdir(trial.folder + "/outside", 0o755)
        symlink(target, trial.root + "/way")
        var config = trial.configuration
        config.mount("/way/made", from: "tmpfs", type: "tmpfs", [])
        Host.write(config.json, to: trial.bundle + "/config.json")
        _ = try trial.run()
        #expect(!Host.exists(trial.folder + "/outside/made"))
    }

    @Test func dotsInADestinationStayInside() throws {
        let trial = try Trial("grep -c ' /mnt ' /proc/self/mountinfo") {
            $0.mount("/tmp/../../../../mnt", from: "tmpfs", type: "tmpfs", [])
        }
        let outcome = try trial.run()
        #expect(!outcome.succeeded || outcome.out == "1\n")
    }

    @Test func mountsStandInTheirOrder() throws {
        let trial = try Trial("ls /mnt; ls /mnt/deep") {
            $0.mount("/mnt", from: "tmpfs", type: "tmpfs", [])
            $0.mount("/mnt/deep", from: "tmpfs", type: "tmpfs", [])
        }
        #expect(try trial.run().lines == ["deep"])
    }

    @Test func theCgroupMountIsTheContainersOwn() throws {
        let pids = Host.hierarchy("pids")
        let trial = try Trial("ls /sys/fs/cgroup; cat \(pids)/cgroup.procs; ls -d \(pids)/docklock*")
        let outcome = try trial.run()
        let expected = Host.isUnified ? ["pids.max", "memory.max"] : ["pids", "memory"]
        #expect(expected.allSatisfy(outcome.lines.contains))
        #expect(outcome.lines.contains("1"))
        #expect(!outcome.out.contains("docklock-test"))
    }

    @Test func theCgroupMountIsReadOnly() throws {
        let pids = Host.hierarchy("pids")
        let trial = try Trial("mkdir \(pids)/mine; echo $?; echo 5 > \(pids)/pids.max; echo $?")
        #expect(try trial.run().lines == ["1", "1"])
    }

    @Test func devptsHasTerminalsOfItsOwn() throws {
        let trial = try Trial("ls -l /dev/ptmx | awk '{print $NF}'; ls /dev/pts; stat -c %a /dev/pts/ptmx")
        #expect(try trial.run().lines == ["pts/ptmx", "ptmx", "666"])
    }

    @Test func procIsThePidNamespaces() throws {
        let trial = try Trial("ls -d /proc/[0-9]* | wc -l; cat /proc/1/comm; true")
        #expect(try trial.run().line(1) == "sh")
    }

    @Test func ownersAreMappedByAnIdmap() throws {
        let trial = try Trial("stat -c '%u %g' /mnt/given; touch /mnt/new")
        mkdir(trial.folder + "/shared", 0o777)
        Host.write("x", to: trial.folder + "/shared/given")
        chown(trial.folder + "/shared/given", 1000, 2000)
        var config = trial.configuration
        config.append(
            "mounts",
            value: [
                "destination": "/mnt", "type": "bind", "source": .string(trial.folder + "/shared"),
                "options": ["bind", "idmap"],
                "uidMappings": [
                    ["containerID": 1000, "hostID": 5000, "size": 1],
                    ["containerID": 0, "hostID": 0, "size": 1],
                ],
                "gidMappings": [
                    ["containerID": 2000, "hostID": 6000, "size": 1],
                    ["containerID": 0, "hostID": 0, "size": 1],
                ],
            ])
        Host.write(config.json, to: trial.bundle + "/config.json")
        let outcome = try trial.run()
        #expect(outcome.out == "5000 6000\n", "\(outcome.err)")
    }

    @Test func anIdmapTakesTheContainersOwnMappings() throws {
        let trial = try Trial("stat -c '%u %g' /mnt/given; echo x > /mnt/new")
        mkdir(trial.folder + "/shared", 0o755)
        chmod(trial.folder + "/shared", 0o777)
        Host.write("x", to: trial.folder + "/shared/given")
        var config = trial.configuration
        config.mapUsers(from: 100_000)
        config.mount("/mnt", from: trial.folder + "/shared", ["bind", "idmap"])
        Host.write(config.json, to: trial.bundle + "/config.json")
        chown(trial.root, 100_000, 100_000)
        let outcome = try trial.run()
        #expect(outcome.out == "0 0\n", "\(outcome.err)")
        var info = stat()
        #expect(stat(trial.folder + "/shared/new", &info) == 0 && info.st_uid == 0)
    }

    @Test func anOptionTheFilesystemDoesNotKnowIsAnError() throws {
        let trial = try Trial("echo ran") { $0.mount("/mnt", from: "tmpfs", type: "tmpfs", ["nonsense=1"]) }
        let outcome = try trial.run()
        #expect(!outcome.succeeded && !outcome.out.contains("ran"))
        #expect(outcome.err.contains("mnt"))
    }

    @Test func aFilesystemThatDoesNotExistIsAnError() throws {
        let trial = try Trial("echo ran") { $0.mount("/mnt", from: "x", type: "dreamfs", []) }
        #expect(try !trial.run().succeeded)
    }

    @Test func anOverlay() throws {
        let trial = try Trial("cat /mnt/given; echo new > /mnt/given; cat /mnt/given")
        for name in ["lower", "upper", "work"] { mkdir(trial.folder + "/" + name, 0o755) }
        Host.write("given\n", to: trial.folder + "/lower/given")
        var config = trial.configuration
        let folder = trial.folder
        config.mount(
            "/mnt", from: "overlay", type: "overlay",
            ["lowerdir=\(folder)/lower", "upperdir=\(folder)/upper", "workdir=\(folder)/work"])
        Host.write(config.json, to: trial.bundle + "/config.json")
        let outcome = try trial.run()
        #expect(outcome.lines == ["given", "new"], "\(outcome.err)")
        #expect(Host.read(folder + "/lower/given") == "given\n")
    }
}
