import JSON
import Testing

@testable import Upkeep

@Suite struct RequestTests {
    private var full: Keeping {
        var keeping = Keeping()
        keeping.id = "a"
        keeping.name = "na\"me"
        keeping.image = "image:tag"
        keeping.folder = "/f"
        keeping.nameLink = "/n"
        keeping.stateRoot = "/s"
        keeping.cgroupManager = "systemd"
        keeping.socketRoot = "/k"
        keeping.events = "/e"
        keeping.tty = true
        keeping.rows = 65535
        keeping.columns = 80
        keeping.openStdin = true
        keeping.stdinOnce = true
        keeping.removes = true
        keeping.stopSignal = 64
        keeping.stopTimeout = -1
        keeping.log.driver = .k8sFile
        keeping.log.path = "/l"
        keeping.log.maxSize = 1 << 40
        keeping.log.maxFiles = 3
        keeping.restart = RestartPolicy(.onFailure, most: 3)
        keeping.health = HealthCheck(command: ["/bin/sh", "-c", "é"])
        return keeping
    }

    @Test func aRequestComesThrough() throws {
        #expect(try Keeping(decoding: full.node.encoded()) == full)
        var small = full
        small.health = nil
        #expect(try Keeping(decoding: small.node.encoded()) == small)
    }

    @Test(arguments: [
        ("\"version\":1", "\"version\":2", "version"), ("\"folder\":\"/f\"", "\"folder\":\"f\"", "folder"),
        ("\"rows\":65535", "\"rows\":65536", "rows"), ("\"tty\":true", "\"tty\":1", "tty"),
        ("\"stopSignal\":64", "\"stopSignal\":0", "stopSignal"),
        ("\"stopSignal\":64", "\"stopSignal\":9.5", "stopSignal"),
        ("\"driver\":\"k8s-file\"", "\"driver\":\"syslog\"", "log.driver"),
        ("\"maxFiles\":3", "\"maxFiles\":0", "log.maxFiles"),
        ("\"name\":\"on-failure\"", "\"name\":\"never\"", "restart.name"),
        ("\"retries\":3", "\"retries\":0", "health.retries"),
        ("\"command\":[\"/bin/sh\",\"-c\",\"é\"]", "\"command\":[1]", "health.command"),
        ("\"id\":\"a\"", "\"id\":\"a\\u0000\"", "id"),
    ])
    func aBadMemberIsNamed(good: String, bad: String, name: String) throws {
        let text = String(decoding: full.node.encoded(), as: UTF8.self)
        try #require(text.contains(good))
        let changed = text.replacing(good, with: bad)
        let error = #expect(throws: UpkeepError.self) { _ = try Keeping(decoding: Array(changed.utf8)) }
        #expect(error?.description.hasPrefix(name + ":") == true, "\(String(describing: error))")
    }

    @Test(arguments: ["", "[]", "{", "null"]) func whatIsNoObjectIsRefused(text: String) {
        #expect(throws: UpkeepError.self) { _ = try Keeping(decoding: Array(text.utf8)) }
        #expect(throws: UpkeepError.self) { _ = try Hello(decoding: Array(text.utf8)) }
        #expect(throws: UpkeepError.self) { _ = try Command(decoding: Array(text.utf8)) }
        #expect(throws: UpkeepError.self) { _ = try KeptState(decoding: Array(text.utf8)) }
    }

    @Test func commandsAndStatesComeThrough() throws {
        let commands: [Command] = [
            .stop(signal: 0, timeout: nil), .stop(signal: 9, timeout: -1), .restart(signal: 15, timeout: 3),
            .policy(.init(.always)),
        ]
        for command in commands { #expect(try Command(decoding: command.node.encoded()) == command) }
        var state = KeptState()
        #expect(try KeptState(decoding: state.node.encoded()) == state)
        state.status = .restarting
        state.pid = 1
        state.keeperPid = 2
        state.keeperStart = UInt64.max
        state.started = Moment(1)
        state.finished = Moment(2)
        state.exitStatus = 255
        state.isOOMKilled = true
        state.isStopped = true
        state.restarts = 4
        state.error = "because"
        state.logLost = 5
        state.health = ["Status": .string("healthy")]
        #expect(try KeptState(decoding: state.node.encoded()) == state)
    }

    @Test func numbersOfFramesComeThrough() {
        let packet = Frame.dropped.with(number: 0x0102_0304_0506_0708, width: 8)
        #expect(packet == [0x64, 8, 7, 6, 5, 4, 3, 2, 1])
        #expect(Frame.number(packet[1...], width: 8) == 0x0102_0304_0506_0708)
        #expect(Frame.number(packet[1...], width: 4) == nil)
    }

    @Test func anEventIsDockers() throws {
        let event = Event(
            "die", id: "a", name: "n", image: "i", time: Moment(5_000_000_001),
            attributes: [.init("exitCode", .string("3"))])
        let json = try JSON.parse(event.line)
        #expect(json["Action"]?.string == "die" && json["Type"]?.string == "container")
        #expect(json["Actor"]?["Attributes"]?["exitCode"]?.string == "3")
        #expect(json["time"]?.int == 5 && json["timeNano"]?.int == 5_000_000_001)
        #expect(event.line.last == 10 && event.line.dropLast().firstIndex(of: 10) == nil)
    }
}
