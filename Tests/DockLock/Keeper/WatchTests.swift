import Foundation
import Kernel
import Testing
import Upkeep

@testable import Keeper

/// Checks that connect to a container's network, that come before others, and that have consequences.
@Suite struct WatchTests {
    private func check(_ kind: HealthCheck.Kind, _ words: [String], retries: Int64 = 2) -> HealthCheck {
        var check = HealthCheck(command: words)
        (check.kind, check.interval, check.retries, check.delay) = (kind, 20_000_000, retries, 0)
        return check
    }

    /// Follows what is known of a container until it is so.
    private func follow(_ box: Box, _ isSo: (Box) -> Bool) -> Bool {
        let inotify = Descriptor(inotify_init1(O_CLOEXEC))
        inotify_add_watch(inotify.number, box.folder, UInt32(IN_MOVED_TO | IN_CREATE))
        while !isSo(box) {
            var entry = pollfd(fd: inotify.number, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 20_000) == 1 else { return false }
            var room = [UInt8](repeating: 0, count: 4096)
            _ = read(inotify.number, &room, room.count)
        }
        return true
    }

    private func shown(_ box: Box, _ key: String = "health") -> String {
        let node = key == "health" ? box.state?.health : box.state?.readiness
        return node.map { String(decoding: $0.encoded(), as: UTF8.self) } ?? ""
    }

    private static let server = """
        busybox mkdir -p /www && echo page > /www/page && echo ready && exec busybox httpd -f -p 8080 -h /www
        """

    @Test func connectionsAreMadeInTheContainersNetwork() throws {
        let box = try Box(Self.server) {
            $0.health = check(.http, ["127.0.0.1", "8080", "/page", "X-Asked: yes"])
            $0.readiness = check(.tcp, ["127.0.0.1", "8080"])
        }
        _ = try box.start(Hello())
        #expect(
            follow(box) { shown($0).contains("healthy\",\"Failing") && shown($0).contains("HTTP status 200") }
        )
        #expect(follow(box) { shown($0, "readiness").contains("connected to 127.0.0.1 port 8080") })
    }

    @Test func anotherStatusIsAFailure() throws {
        let box = try Box(Self.server) { $0.health = check(.http, ["127.0.0.1", "8080", "/none"]) }
        _ = try box.start(Hello())
        #expect(follow(box) { shown($0).contains("\"unhealthy\"") && shown($0).contains("HTTP status 404") })
    }

    @Test func whereNobodyListensTheCheckFails() throws {
        let box = try Box("exec sleep 1000") { $0.health = check(.tcp, ["127.0.0.1", "9"]) }
        _ = try box.start(Hello())
        #expect(follow(box) { shown($0).contains("\"unhealthy\"") && shown($0).contains("refused") })
    }

    @Test func theStartupCheckComesFirst() throws {
        let box = try Box("exec sleep 1000") {
            $0.startup = check(.command, ["test", "-e", "/begun"], retries: 1_000_000)
            $0.health = check(.command, ["test", "-e", "/asked"], retries: 1)
        }
        _ = try box.start(Hello())
        #expect(shown(box).contains("\"starting\""))
        try Files.replace(box.folder + "/rootfs/begun", with: [])
        #expect(follow(box) { shown($0).contains("\"unhealthy\"") })
    }

    @Test func whatTurnsUnhealthyIsStartedAgain() throws {
        let box = try Box("rm -f /sick; [ -e /once ] || touch /once /sick; echo run; exec sleep 1000") {
            $0.health = check(.command, ["test", "!", "-e", "/sick"], retries: 1)
            $0.health?.action = .restart
            $0.health?.delay = 200_000_000
            $0.stopTimeout = 0
        }
        let heard = try Transcript(try box.start()) { $0.out == "run\nrun\n" }
        #expect(heard.starts == 1 && heard.status == nil)
        #expect(box.state?.restarts == 1)
        #expect(follow(box) { shown($0).contains("\"healthy\"") })
    }

    @Test(arguments: [HealthCheck.Action.stop, .kill]) func orEnded(_ action: HealthCheck.Action) throws {
        let box = try Box("exec sleep 1000") {
            $0.health = check(.command, ["false"], retries: 1)
            $0.health?.action = action
            $0.stopTimeout = 0
            $0.restart = RestartPolicy(action == .kill ? .no : .always)
        }
        #expect(try Transcript(try box.start()).status == 137)
        #expect(box.state?.status == .exited)
    }
}
