import Foundation
import Kernel
import Testing
import Upkeep

@testable import Keeper

@Suite struct LifeTests {
    @Test func aContainerRunsAndItsEndIsKnown() throws {
        let box = try Box("echo out; echo err >&2; exit 7")
        let heard = try Transcript(try box.start())
        #expect(heard.out == "out\n" && heard.err == "err\n" && heard.status == 7)
        let state = try #require(box.state)
        #expect(state.status == .exited && state.exitStatus == 7 && state.pid == 0)
        #expect(state.started != nil && state.finished != nil && !state.isOOMKilled)
        #expect(box.log.contains(#"{"log":"out\n","stream":"stdout","time":""#))
        #expect(box.log.contains(#"{"log":"err\n","stream":"stderr","time":""#))
        #expect(box.actions == ["start", "die"])
        #expect(!Files.exists(box.keeping.stateRoot + "/" + box.id))
    }

    @Test func nobodyNeedBeThere() throws {
        let box = try Box("echo hello; read line; exit 3") { $0.openStdin = true }
        _ = try box.start(Hello())
        #expect(try #require(box.state).status == .running)
        let client = try Client(box.keeping.socket)
        #expect(lives(try client.awaitStart()))
        var hello = Hello()
        hello.stdin = true
        let writer = try Client(box.keeping.socket, hello)
        try writer.send(Frame.input.with(Array("x\n".utf8)))
        #expect(try client.awaitEnd() == 3)
        #expect(box.log.contains("hello"))
    }

    @Test(arguments: [("nothing-there", Int32(127)), ("/tmp", 126)])
    func aProgramThatCannotBeRunIsTold(program: String, status: Int32) throws {
        let box = try Box("")
        try box.write(arguments: [program])
        let error = #expect(throws: KeeperError.self) { _ = try box.start() }
        #expect(error?.status == status, "\(String(describing: error))")
        #expect(box.state?.status == .exited && box.state?.exitStatus == status)
    }

    @Test func aConfigurationThatIsRefusedIsTold() throws {
        let box = try Box("")
        try Files.replace(box.folder + "/config.json", with: Array("{}".utf8))
        let error = #expect(throws: KeeperError.self) { _ = try box.start() }
        #expect(error?.status == 125)
    }

    @Test func signalsAreExitStatuses() throws {
        let box = try Box("kill -9 $$; exec sleep 1000")
        let client = try box.start()
        try client.signal(SIGKILL)
        #expect(try Transcript(client).status == 137)
        #expect(box.state?.exitStatus == 137)
    }

    @Test func stopSendsItsSignalAndThenKills() throws {
        let gentle = try Box("trap 'exit 5' TERM; echo up; while :; do sleep 1000 & wait; done")
        let first = try gentle.start()
        #expect(try Transcript(first) { $0.out == "up\n" }.status == nil)
        try Client(gentle.keeping.socket).ask(.stop(signal: 0, timeout: 60))
        #expect(gentle.state?.exitStatus == 5 && gentle.state?.isStopped == true)
        let stubborn = try Box("trap '' TERM; echo up; while :; do sleep 1000; done")
        let second = try stubborn.start()
        #expect(try Transcript(second) { $0.out == "up\n" }.status == nil)
        try Client(stubborn.keeping.socket).ask(.stop(signal: 0, timeout: 0))
        #expect(stubborn.state?.exitStatus == 137)
    }

    @Test func memoryThatRanOutIsKnown() throws {
        let box = try Box("exec dd if=/dev/zero of=/dev/null bs=64M count=1", memory: 16 << 20)
        #expect(try Transcript(try box.start()).status == 137)
        #expect(box.state?.isOOMKilled == true)
        #expect(box.actions == ["start", "oom", "die"])
    }

    @Test func aContainerThatDoesNotRunIsRemoved() throws {
        let box = try Box("exec sleep 1000")
        let client = try box.start()
        #expect(throws: KeeperError.self) { try Keeper.remove(box.keeping) }
        try client.signal(SIGKILL)
        #expect(try Transcript(client).status == 137)
        #expect(ends(box.keeper))
        try Keeper.remove(box.keeping)
        #expect(!Files.exists(box.folder))
        #expect(!Files.exists(box.keeping.nameLink))
    }

    @Test func aContainerHasOneKeeper() throws {
        let box = try Box("exec sleep 1000")
        _ = try box.start(Hello())
        let error = #expect(throws: KeeperError.self) { _ = try box.start() }
        #expect(error?.description.contains("is running already") == true)
        #expect(box.state?.status == .running)
    }

    @Test func removalTakesEverything() throws {
        let box = try Box("mkdir -p /deep; echo x > /deep/file; exit 4") { $0.removes = true }
        #expect(try Transcript(try box.start()).status == 4)
        #expect(!Files.exists(box.folder) && !Files.exists(box.keeping.nameLink))
        #expect(box.actions == ["start", "die", "destroy"])
    }

    @Test(arguments: [false, true])
    func theContainerDiesWithItsKeeper(hostPids: Bool) throws {
        let box = try Box("sleep 1000 & echo up; exec sleep 1000", hostPids: hostPids)
        let client = try box.start()
        let pid = try #require(box.state).pid
        #expect(try Transcript(client) { $0.out == "up\n" }.status == nil)
        let orphans = try Files.text("/sys/fs/cgroup/pids/docklock-keeper-\(getpid())/\(box.id)/cgroup.procs")
            .split(separator: "\n").compactMap { Int32($0) }
        #expect(orphans.count == 2)
        kill(box.keeper, SIGKILL)
        for orphan in orphans { #expect(ends(orphan)) }
        #expect(!lives(pid))
        #expect(box.state?.status == .exited && box.state?.exitStatus == 137)
        #expect(try Keeper.settle(box.folder))
        #expect(!Files.exists(box.keeping.stateRoot + "/" + box.id))
        #expect(try !Keeper.settle(box.folder))
        #expect(box.actions == ["start", "die"])
    }

    @Test func theContainerDiesWithItsGuard() throws {
        let box = try Box("echo up; exec sleep 1000") { $0.restart = RestartPolicy(.always) }
        let client = try box.start()
        #expect(try Transcript(client) { $0.out == "up\n" }.status == nil)
        let guardian = try #require(box.guardian)
        kill(guardian, SIGKILL)
        #expect(try Transcript(client).status == 137)
        #expect(box.state?.error == "the guard process was killed")
    }
}
