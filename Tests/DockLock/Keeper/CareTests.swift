import Foundation
import Kernel
import Testing
import Upkeep

@testable import Keeper

@Suite struct CareTests {
    @Test func aFailingContainerIsStartedAgainAsOftenAsAsked() throws {
        let box = try Box("echo run; exit 3") { $0.restart = RestartPolicy(.onFailure, most: 3) }
        let heard = try Transcript(try box.start())
        #expect(heard.status == 3 && heard.out == "run\nrun\nrun\nrun\n" && heard.starts == 3)
        let state = try #require(box.state)
        #expect(state.restarts == 3 && state.status == .exited)
        #expect(box.actions.filter { $0 == "start" }.count == 4)
        #expect(box.log.split(separator: "\n").count == 4)
    }

    @Test func stopEndsTheRestarts() throws {
        let box = try Box("echo run; exec sleep 1000") { $0.restart = RestartPolicy(.always) }
        let client = try box.start()
        #expect(try Transcript(client) { $0.out == "run\n" }.status == nil)
        let pid = try #require(box.state).pid
        kill(pid, SIGKILL)
        #expect(try Transcript(client) { $0.out == "run\n" }.starts == 1)
        #expect(try #require(box.state).restarts == 1)
        try Client(box.keeping.socket).ask(.stop(signal: SIGKILL, timeout: nil))
        #expect(try Transcript(client).status == 137)
        #expect(box.state?.isStopped == true)
    }

    @Test func restartIsAStopAndAStart() throws {
        let box = try Box("echo run; exec sleep 1000")
        let client = try box.start()
        #expect(try Transcript(client) { $0.out == "run\n" }.status == nil)
        let pid = try #require(box.state).pid
        try Client(box.keeping.socket).ask(.restart(signal: SIGKILL, timeout: 0))
        let again = try #require(box.state)
        #expect(again.pid != pid && again.status == .running && !again.isStopped && again.restarts == 0)
        #expect(try Transcript(client) { $0.out == "run\n" }.starts == 1)
    }

    private func check(_ command: String) -> HealthCheck {
        var check = HealthCheck(command: ["/bin/sh", "-c", command])
        check.interval = 20_000_000
        check.retries = 2
        return check
    }

    /// Follows the events of a container until one comes.
    private func await(_ action: String, _ box: Box) -> Bool {
        let inotify = Descriptor(inotify_init1(O_CLOEXEC))
        inotify_add_watch(inotify.number, box.data, UInt32(IN_MODIFY | IN_CREATE))
        while !box.actions.contains(action) {
            var entry = pollfd(fd: inotify.number, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 20_000) == 1 else { return false }
            var room = [UInt8](repeating: 0, count: 4096)
            _ = read(inotify.number, &room, room.count)
        }
        return true
    }

    @Test func healthIsLookedAfter() throws {
        let box = try Box("exec sleep 1000") { $0.health = check("echo fine; test ! -e /sick") }
        _ = try box.start(Hello())
        #expect(box.state?.health != nil)
        #expect(self.await("health_status: healthy", box))
        let shown = String(decoding: try #require(box.state?.health).encoded(), as: UTF8.self)
        #expect(shown.contains(#""Output":"fine\n""#) && shown.contains(#""ExitCode":0"#), "\(shown)")
        try Files.replace(box.folder + "/rootfs/sick", with: [])
        #expect(self.await("health_status: unhealthy", box))
        try Client(box.keeping.socket).ask(.stop(signal: SIGKILL, timeout: 0))
        #expect(!Files.exists(box.folder + "/health.pid"))
    }

    @Test func aCheckThatHangsIsAFailure() throws {
        let box = try Box("exec sleep 1000") {
            var check = check("exec sleep 1000")
            check.timeout = 50_000_000
            $0.health = check
        }
        _ = try box.start(Hello())
        #expect(self.await("health_status: unhealthy", box))
        let shown = String(decoding: try #require(box.state?.health).encoded(), as: UTF8.self)
        #expect(shown.contains("exceeded timeout (0.05s)") && shown.contains(#""ExitCode":-1"#), "\(shown)")
    }

    @Test func aKeeperIsSmall() throws {
        let box = try Box("exec sleep 1000")
        _ = try box.start(Hello())
        for pid in [box.keeper, try #require(box.guardian)] {
            let lines = try Files.text("/proc/\(pid)/smaps_rollup").split(separator: "\n")
            let line = try #require(lines.first { $0.hasPrefix("Private_Dirty:") })
            let kilobytes = try #require(Int(line.split(separator: " ")[1]))
            #expect(kilobytes > 0 && kilobytes <= 512, "\(kilobytes) kB of private dirty memory")
        }
    }
}
