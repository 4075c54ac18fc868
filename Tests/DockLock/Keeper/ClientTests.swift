import Foundation
import Kernel
import Testing
import Upkeep

@testable import Keeper

@Suite struct ClientTests {
    private func watching(isLossless: Bool = false) -> Hello {
        var hello = Hello()
        hello.stdout = true
        hello.stderr = true
        hello.isLossless = isLossless
        return hello
    }

    @Test func inputComesThroughAndEnds() throws {
        let box = try Box("cat; echo end") { $0.openStdin = true }
        let client = try box.start()
        let text = (0..<20_000).map { "line \($0)\n" }.joined()
        let bytes = Array(text.utf8)
        DispatchQueue.global().async {
            for start in stride(from: 0, to: bytes.count, by: Frame.payloadMax) {
                let part = Array(bytes[start..<min(bytes.count, start + Frame.payloadMax)])
                try? client.send(Frame.input.with(part))
            }
            try? client.send(Frame.inputEnd.with())
        }
        let heard = try Transcript(client)
        #expect(heard.out == text + "end\n" && heard.status == 0)
    }

    @Test func withoutStdinThereIsNone() throws {
        let box = try Box("cat; echo end")
        #expect(try Transcript(try box.start()).out == "end\n")
    }

    @Test func theLastWriterEndsTheInputWhereItShall() throws {
        let box = try Box("cat >/dev/null; echo end") {
            $0.openStdin = true
            $0.stdinOnce = true
        }
        var first: Client? = try box.start()
        let client = try Client(box.keeping.socket)
        _ = try client.awaitStart()
        #expect(first != nil)
        first = nil
        #expect(try client.awaitEnd() == 0)
        #expect(box.log.contains("end"))
    }

    @Test func everyClientHearsEverything() throws {
        let box = try Box("read x; seq 1 5000; exit 9") { $0.openStdin = true }
        let first = try box.start()
        let others = try (0..<3).map { _ in try Client(box.keeping.socket, watching(isLossless: true)) }
        for other in others { _ = try other.awaitStart() }
        try first.send(Frame.input.with([10]))
        let wanted = (1...5000).map { "\($0)\n" }.joined()
        for client in [first] + others {
            let heard = try Transcript(client)
            #expect(heard.out == wanted && heard.status == 9)
        }
    }

    @Test func aStuckClientHoldsNothingUp() throws {
        let box = try Box("read x; yes | head -c 100000000; echo; exit 3") {
            $0.openStdin = true
            $0.log.driver = .none
        }
        let first = try box.start(Hello())
        let stuck = try Client(box.keeping.socket, watching())
        _ = try stuck.awaitStart()
        var hello = Hello()
        hello.stdin = true
        let writer = try Client(box.keeping.socket, hello)
        try writer.send(Frame.input.with([10]))
        #expect(try first.awaitEnd() == 3)
        let heard = try Transcript(stuck)
        #expect(heard.dropped > 50_000_000 && heard.status == 3)
        #expect(heard.out.utf8.count + Int(heard.dropped) == 100_000_001)
    }

    @Test func aClientThatGoesWhileItIsWrittenToIsForgotten() throws {
        let box = try Box("yes | head -c 3000000; echo; exit 3")
        let first = try box.start(watching(isLossless: true))
        do {
            let other = try Client(box.keeping.socket, watching(isLossless: true))
            _ = try other.receive()
        }
        #expect(try Transcript(first).status == 3)
    }

    @Test func nonsenseIsRefused() throws {
        let box = try Box("exec sleep 1000")
        let first = try box.start(Hello())
        for packet in [
            [0], Frame.hello.with([1, 2]), Frame.signal.with([9]), [UInt8](repeating: 0x68, count: 16385),
        ] {
            let socket = try Sockets.connectPackets(box.keeping.socket)
            #expect(try Sockets.sendPacket(socket.number, packet))
            let answer = try Sockets.receivePacket(socket.number, size: 16385)
            #expect(answer?.first == Frame.refused.rawValue)
            #expect(try Sockets.receivePacket(socket.number, size: 16385) == [])
        }
        try Client(box.keeping.socket).ask(.policy(.init(.onFailure, most: 2)))
        #expect(box.state?.policy == RestartPolicy(.onFailure, most: 2))
        // Not by a signal alone: that would be a failure, and it would come again.
        try Client(box.keeping.socket).ask(.stop(signal: SIGKILL, timeout: nil))
        #expect(try first.awaitEnd() == 137)
    }

    /// What goes on to the container of what is typed in pieces, and whether it was left.
    private func type(_ pieces: [[UInt8]], _ keys: [UInt8]) -> (bytes: [UInt8], isDetached: Bool) {
        var detach = DetachKeys(keys)
        var bytes: [UInt8] = []
        for piece in pieces {
            let (passed, isDetached) = detach.take(piece[...])
            bytes += passed
            if isDetached { return (bytes, true) }
        }
        return (bytes, false)
    }

    @Test func detachKeysAreFound() {
        #expect(type([[0x61, 0x10], [0x62]], [0x10, 0x11]) == ([0x61, 0x10, 0x62], false))
        #expect(type([[0x61, 0x10], [0x11, 0x62]], [0x10, 0x11]) == ([0x61], true))
        #expect(type([[0x10, 0x10, 0x11, 0x63]], [0x10, 0x11]) == ([0x10], true))
        #expect(type([[0x10, 0x11]], []) == ([0x10, 0x11], false))
        #expect(type([[0x40, 0x41]], [0x41]) == ([0x40], true))
        #expect(Attaching.keys("ctrl-p,ctrl-q") == [0x10, 0x11])
        #expect(Attaching.keys("a,ctrl-[") == [0x61, 0x1B])
        #expect(Attaching.keys("ctrl-,") == nil && Attaching.keys("") == nil && Attaching.keys("ab") == nil)
    }

    /// A pty whose one end is a person's, the other the client's.
    private func pty() throws -> (person: Int32, client: Int32) {
        let person = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(person >= 0 && grantpt(person) == 0 && unlockpt(person) == 0)
        let client = open(String(cString: ptsname(person)), O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(client >= 0)
        return (person, client)
    }

    private func read(_ number: Int32, until text: String) -> String {
        var seen = ""
        var room = [UInt8](repeating: 0, count: 4096)
        while !seen.contains(text) {
            var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 20_000) == 1 else { return seen + "[nothing more in 20 s]" }
            let got = Glibc.read(number, &room, room.count)
            guard got > 0 else { return seen + "[end]" }
            seen += String(decoding: room[..<got], as: UTF8.self)
        }
        return seen
    }

    @Test func aTerminalIsAPersons() throws {
        let box = try Box("read a; stty size; echo got $a; read b; echo also $b; exit 8") {
            $0.tty = true
            $0.openStdin = true
        }
        let (person, end) = try pty()
        defer {
            close(person)
            close(end)
        }
        var size = winsize(ws_row: 33, ws_col: 101, ws_xpixel: 0, ws_ypixel: 0)
        try #require(ioctl(end, UInt(TIOCSWINSZ), &size) == 0)
        var before = termios()
        tcgetattr(end, &before)
        var how = Attaching()
        how.stdin = true
        how.tty = true
        (how.input, how.output, how.errors) = (end, end, end)
        let first = try box.start()
        let chosen = how
        let outcomes = Outcomes()
        Thread.detachNewThread { outcomes.add(try? first.attach(chosen)) }
        #expect(write(person, "one\r", 4) == 4)
        let seen = read(person, until: "got one")
        #expect(seen.contains("33 101"), "\(seen)")
        #expect(write(person, "\u{10}\u{11}", 2) == 2)
        #expect(outcomes.next() == .detached)
        var after = termios()
        tcgetattr(end, &after)
        #expect(after.c_lflag == before.c_lflag && after.c_iflag == before.c_iflag)
        #expect(box.state?.status == .running)
        var hello = watching(isLossless: true)
        hello.stdin = true
        let second = try Client(box.keeping.socket, hello)
        Thread.detachNewThread { outcomes.add(try? second.attach(chosen)) }
        #expect(write(person, "two\r", 4) == 4)
        #expect(outcomes.next() == .ended(8))
        #expect(box.log.contains("got one") && box.log.contains("also two"))
    }
}

/// What threads have found, one after the other.
final class Outcomes: @unchecked Sendable {
    private let condition = NSCondition()
    private var found: [Attaching.Outcome?] = []

    func add(_ outcome: Attaching.Outcome?) {
        condition.lock()
        found.append(outcome)
        condition.signal()
        condition.unlock()
    }

    func next() -> Attaching.Outcome? {
        condition.lock()
        defer { condition.unlock() }
        while found.isEmpty {
            guard condition.wait(until: Date(timeIntervalSinceNow: 20)) else { return nil }
        }
        return found.removeFirst()
    }
}
