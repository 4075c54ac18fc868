import OCI
import Testing

@testable import Verbs

private func exec(_ line: String) throws -> ExecOptions? {
    if case .exec(let options) = try parse(line).verb { options } else { nil }
}

private func create(_ line: String) throws -> CreateOptions? {
    if case .create(let options) = try parse(line).verb { options } else { nil }
}

private func update(_ line: String) throws -> UpdateOptions? {
    if case .update(let options) = try parse(line).verb { options } else { nil }
}

@Suite struct Dialects {
    @Test(arguments: [
        "create --bundle /b c", "create --bundle=/b c", "create -b /b c", "create -b=/b c", "create -b/b c",
        "create -bundle /b c", "create c --bundle /b", "create c -b /b", "create --bundle /a --bundle /b c",
    ]) func flagsHaveManyForms(line: String) throws {
        #expect(try create(line)?.bundle == "/b")
        #expect(try create(line)?.id == "c")
    }

    @Test func emptyValuesAreNone() throws {
        let options = try create("create --console-socket= --pid-file= --bundle= c")
        #expect(options?.consoleSocket == nil && options?.pidFile == nil && options?.bundle == ".")
    }

    @Test(arguments: ["true", "1", "t", "TRUE", "yes"]) func switchesTakeTrue(word: String) throws {
        #expect(try create("create --no-pivot=\(word) c")?.noPivot == true)
    }

    @Test(arguments: ["false", "0", "F", "no"]) func switchesTakeFalse(word: String) throws {
        #expect(try create("create --no-pivot --no-pivot=\(word) c")?.noPivot == false)
    }

    @Test func execLeavesTheCommandAlone() throws {
        let options = try exec(
            "exec -td -u 1000:100 -e A=b -eC=d=e --cap CAP_KILL -c CAP_CHOWN c ls -l --all -- -d")
        #expect(options?.tty == true && options?.detach == true)
        #expect(options?.user == UserSpec(uid: 1000, gid: 100))
        #expect(options?.env == ["A=b", "C=d=e"])
        #expect(options?.capabilities == ["CAP_KILL", "CAP_CHOWN"])
        #expect(options?.args == ["ls", "-l", "--all", "--", "-d"])
    }

    @Test func execTakesTheRestOfRuncsFlags() throws {
        let options = try exec(
            "exec --tty=false -g 5 --additional-gids 6 --cwd /w --no-new-privs --apparmor p "
                + "--process-label l --preserve-fds 3 --ignore-paused --cgroup cpu,memory:/a "
                + "--cgroup pids:b c true"
        )
        #expect(options?.tty == false && options?.additionalGids == [5, 6] && options?.cwd == "/w")
        #expect(options?.noNewPrivileges == true && options?.ignorePaused == true)
        #expect(options?.apparmor == "p" && options?.processLabel == "l" && options?.preserveFDs == 3)
        #expect(
            options?.cgroups == [
                SubCgroup(controllers: ["cpu", "memory"], path: "/a"),
                SubCgroup(controllers: ["pids"], path: "b"),
            ])
        #expect(try exec("exec -u 7 c id")?.user == UserSpec(uid: 7, gid: nil))
        #expect(try exec("exec --cgroup=sub c id")?.cgroups == [SubCgroup(controllers: [], path: "sub")])
    }

    @Test func psPassesArgumentsOn() throws {
        guard case .ps(let options) = try parse("ps -f json c -e -x").verb else {
            Issue.record("not ps")
            return
        }
        #expect(options.format == .json && options.psArgs == ["-e", "-x"])
    }

    @Test func updateSetsOnlyWhatIsNamed() throws {
        let options = try update("update c --memory 50M --memory-swap -1 --pids-limit -1")
        var expected = Resources()
        expected.memory = Resources.Memory()
        expected.memory?.limit = 52_428_800
        expected.memory?.swap = -1
        expected.pidsLimit = -1
        #expect(options?.resources == expected)
    }

    @Test func updateKnowsEveryLimit() throws {
        let options = try update(
            "update --cpu-share 5 --cpu-period 6 --cpu-quota -1 --cpu-burst 7 --cpu-rt-period 8 "
                + "--cpu-rt-runtime 9 --cpuset-cpus 0-1 --cpuset-mems 0 --cpu-idle 1 "
                + "--memory-reservation 1k --kernel-memory 2k --kernel-memory-tcp 3k "
                + "--blkio-weight 100 --l3-cache-schema L3 --mem-bw-schema MB c"
        )
        let cpu = options?.resources.cpu
        #expect(cpu?.shares == 5 && cpu?.period == 6 && cpu?.quota == -1 && cpu?.burst == 7)
        #expect(cpu?.realtimePeriod == 8 && cpu?.realtimeRuntime == 9 && cpu?.idle == 1)
        #expect(cpu?.cpus == "0-1" && cpu?.mems == "0")
        let memory = options?.resources.memory
        #expect(memory?.limit == nil && memory?.reservation == 1024)
        #expect(memory?.kernel == 2048 && memory?.kernelTCP == 3072)
        #expect(options?.resources.blockIO?.weight == 100)
        #expect(options?.l3CacheSchema == "L3" && options?.memBwSchema == "MB")
        #expect(try update("update --cpu-shares 9 c")?.resources.cpu?.shares == 9)
        #expect(try update("update --blkio-weight 0 c")?.resources.blockIO?.weight == nil)
    }

    @Test func specAndListTakeNoOperand() throws {
        guard case .spec(let spec) = try parse("spec --rootless -b /b -f my.json").verb else {
            Issue.record("not spec")
            return
        }
        #expect(spec.rootless && spec.bundle == "/b" && spec.file == "my.json")
        guard case .list(let list) = try parse("list -q -f table").verb else {
            Issue.record("not list")
            return
        }
        #expect(list.quiet && list.format == .table)
    }

    @Test func configAndKeepAreRuns() throws {
        guard case .run(let run) = try parse("run --keep --config /c.json -d c").verb else {
            Issue.record("not run")
            return
        }
        #expect(run.keep && run.detach && run.config == "/c.json")
        #expect(try create("create -f c.json c")?.config == "c.json")
        #expect(try create("create c")?.config == nil)
    }

    @Test func repairTakesOneOrAll() throws {
        #expect(try parse("repair").verb == .repair(id: nil))
        #expect(try parse("repair abc").verb == .repair(id: "abc"))
    }

    @Test func checkpointKnowsCriusWords() throws {
        guard
            case .checkpoint(let options) = try parse(
                "checkpoint --pre-dump --lazy-pages --status-fd 7 --page-server [::1]:27 --auto-dedup "
                    + "--shell-job --ext-unix-sk --link-remap --manage-cgroups-mode=strict c"
            ).verb
        else {
            Issue.record("not checkpoint")
            return
        }
        #expect(options.preDump && options.criu.lazyPages && options.statusFD == 7)
        #expect(options.pageServer == PageServer(address: "::1", port: 27))
        #expect(options.criu.autoDedup && options.criu.shellJob && options.criu.externalUnixSockets)
        #expect(options.criu.linkRemap && options.criu.manageCgroups == .strict)
        #expect(options.criu.imagePath == "checkpoint")
    }

    @Test func flagsHaveAliases() throws {
        guard case .restore(let options) = try parse("restore --ext-unix --work-path /w c").verb else {
            Issue.record("not restore")
            return
        }
        #expect(options.criu.externalUnixSockets && options.create.id == "c")
    }

    @Test(arguments: [
        ("--log /a:b/l list", LogTarget.file("/a:b/l")), ("--log file:/l list", .file("/l")),
        ("--log=syslog:me list", .syslog(ident: "me")), ("--log journald: list", .journald(ident: "")),
    ]) func logsGoSomewhere(line: String, target: LogTarget) throws {
        #expect(try parse(line).globals.log == target)
    }

    @Test func globalsHaveDefaults() throws {
        let globals = try parse("list").globals
        #expect(globals == Globals())
        #expect(globals.logLevel == .warning && globals.cgroupManager == .cgroupfs && globals.log == nil)
        #expect(try parse("--debug list").globals.logLevel == .debug)
        #expect(try parse("--log-level=error list").globals.logLevel == .error)
        #expect(try parse("--cgroup-manager disabled list").globals.cgroupManager == .disabled)
        #expect(try parse("--systemd-cgroup=false list").globals.cgroupManager == .cgroupfs)
    }

    @Test func statesHaveARoot() {
        var globals = Globals()
        #expect(globals.stateRoot(isRoot: true, runtimeDirectory: "/run/user/0") == "/run/docklock")
        #expect(globals.stateRoot(isRoot: false, runtimeDirectory: "/run/user/9") == "/run/user/9/docklock")
        #expect(globals.stateRoot(isRoot: false, runtimeDirectory: nil) == "/run/docklock")
        globals.root = "/r"
        #expect(globals.stateRoot(isRoot: false, runtimeDirectory: "/run/user/9") == "/r")
    }

    @Test(arguments: ["-v", "-V", "--version", "version"]) func versionHasManyNames(line: String) throws {
        #expect(try parse(line).verb == .version)
    }
}
