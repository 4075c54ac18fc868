import Glibc
import Harness
import Testing

/// What flags of `run` make of a container, as it sees itself.
@Suite(.people) struct Walls {
    @Test func theEnvironmentIsWhatFilesAndFlagsSay() throws {
        let place = try Place()
        Host.write("# no variable\nFROM=file\nBOTH=file\n", to: place.folder + "/env")
        let flags = ["--rm", "--env-file", place.folder + "/env", "-e", "BOTH=flag", "-e", "OWN"]
        var command = place.command(place.arguments(flags, "echo $FROM $BOTH $OWN $HOME"))
        command.environment.append("OWN=mine")
        let outcome = try command.run(in: place.folder)
        #expect(outcome.out == "file flag mine /root\n")
    }

    @Test func theProcessIsWhoAndWhereItIsTold() throws {
        let place = try Place()
        let flags = ["--rm", "-w", "/new/dir", "-u", "user", "--hostname", "box", "--group-add", "extra"]
        let outcome = try place.run(flags, "pwd; id -u; id -g; id -G; hostname; echo $HOME")
        #expect(outcome.lines == ["/new/dir", "1000", "1000", "1000 2000", "box", "/tmp"])
        #expect(try place.run(["--rm", "-u", "12:34"], "id -u; id -g").out == "12\n34\n")
        #expect(try place.run(["--rm", "-u", "nobody-such"], "id").status == 125)
    }

    @Test func theEntrypointStandsBeforeTheCommand() throws {
        let place = try Place()
        let outcome = try place.invoke(
            "run", "--rm", "--network", "none", "--entrypoint", "/bin/echo", "busybox", "a", "b c")
        #expect(outcome.out == "a b c\n", "\(outcome.err)")
    }

    @Test func aReadOnlyRootHasPlacesToWrite() throws {
        let place = try Place()
        let script = "touch /x 2>/dev/null || echo refused; touch /scratch/y && stat -f -c %T /scratch"
        let outcome = try place.run(["--rm", "--read-only", "--tmpfs", "/scratch:size=1m"], script)
        #expect(outcome.out == "refused\ntmpfs\n", "\(outcome.out)\(outcome.err)")
    }

    @Test func whatIsWrittenStaysInTheContainer() throws {
        let place = try Place()
        #expect(try place.run(["--rm"], "echo changed > /etc/passwd; rm /bin/vi").succeeded)
        let outcome = try place.run(["--rm"], "head -n1 /etc/passwd; test -L /bin/vi && echo there")
        #expect(outcome.out == "root:x:0:0:root:/root:/bin/sh\nthere\n")
    }

    @Test func directoriesOfTheHostAreBound() throws {
        let place = try Place()
        mkdir(place.folder + "/host", 0o755)
        Host.write("from the host\n", to: place.folder + "/host/file")
        let writes = try place.run(
            ["--rm", "-v", place.folder + "/host:/h"], "cat /h/file; echo back > /h/new")
        #expect(writes.out == "from the host\n", "\(writes.err)")
        #expect(Host.read(place.folder + "/host/new") == "back\n")
        let reads = try place.run(
            ["--rm", "-v", place.folder + "/host:/h:ro"], "cat /h/new; echo x 2>/dev/null > /h/no")
        #expect(reads.out == "back\n" && reads.status != 0)
        #expect(!Host.exists(place.folder + "/host/no"))
    }

    @Test func volumesOutliveContainers() throws {
        let place = try Place()
        #expect(try place.run(["--rm", "-v", "store:/data"], "echo kept > /data/file").succeeded)
        #expect(try place.run(["--rm", "-v", "store:/other:ro"], "cat /other/file").out == "kept\n")
        #expect(Host.read(place.data + "/volumes/store/_data/file") == "kept\n")
        #expect(try place.run(["--rm", "-v", "/anonymous"], "touch /anonymous/x").succeeded)
        #expect(place.leftovers() == [] && place.names(in: "volumes") == ["store"])
    }

    @Test func capabilitiesAreTakenAway() throws {
        let place = try Place()
        let script = "grep CapEff /proc/self/status; chown 1:1 /tmp/. 2>/dev/null; echo $?"
        let none = try place.run(["--rm", "--cap-drop", "ALL"], script)
        #expect(none.words == ["CapEff:", "0000000000000000", "1"])
        let one = try place.run(["--rm", "--cap-drop", "ALL", "--cap-add", "CHOWN"], script)
        #expect(one.words == ["CapEff:", "0000000000000001", "0"])
    }

    @Test func ofALabelGivenTwiceTheLastValueHolds() throws {
        let place = try Place()
        try place.launch("box", ["--label", "a=1", "--label", "b=2", "--label", "a=3"])
        #expect(try place.look("box", "Labels") == "b=2,a=3")
    }

    @Test func limitsAreTheCgroups() throws {
        let place = try Place()
        let id = try place.launch("box", ["--memory", "64m", "--pids-limit", "20"])
        let files =
            Host.isUnified ? ("memory.max", "pids.max") : ("memory.limit_in_bytes", "pids.max")
        let memory = Host.read("\(Host.hierarchy("memory"))/docklock/\(id)/\(files.0)")
        #expect(memory == "67108864\n")
        #expect(Host.read("\(Host.hierarchy("pids"))/docklock/\(id)/\(files.1)") == "20\n")
    }

    @Test func itHasAFilterAndIsNotTheHost() throws {
        let place = try Place()
        let script = """
            grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status; cat /proc/1/comm
            mount -t tmpfs none /tmp 2>/dev/null || echo refused
            for kind in mnt pid ipc uts net; do readlink /proc/self/ns/$kind; done
            """
        let lines = try place.run(["--rm"], script).lines
        #expect(lines.contains("Seccomp:\t2") && lines.contains("refused"), "\(lines)")
        for kind in ["mnt", "pid", "ipc", "uts", "net"] {
            let own = try Command("/bin/readlink", ["/proc/self/ns/" + kind]).run(in: place.folder)
            #expect(lines.contains { $0.hasPrefix(kind + ":") } && !lines.contains(own.line(0)))
        }
    }
}
