import Foundation
import Kernel
import Testing
import Upkeep

@testable import Keeper

@Suite struct LogTests {
    /// A folder of a test's own, gone with it.
    private final class Scratch {
        let path: String
        private var isMount = false

        init(sizeMax: Int? = nil) throws {
            var template = Array("/tmp/docklock-log-XXXXXX".utf8CString)
            path = String(cString: try #require(mkdtemp(&template)))
            guard let sizeMax else { return }
            try #require(mount("tmpfs", path, "tmpfs", 0, "size=\(sizeMax)") == 0)
            isMount = true
        }

        deinit {
            if isMount { umount2(path, 2) }
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    private func options(_ scratch: Scratch, maxSize: Int64 = 0, maxFiles: Int64 = 1) -> LogOptions {
        var options = LogOptions()
        options.path = scratch.path + "/log"
        options.maxSize = maxSize
        options.maxFiles = maxFiles
        return options
    }

    private func write(_ writer: LogWriter, _ text: String, _ second: Int64, _ stream: LogStream = .stdout) {
        Array(text.utf8).withUnsafeBytes { writer.take($0, stream, at: Moment(second * 1_000_000_000)) }
    }

    private func read(_ options: LogOptions, _ choice: LogChoice = LogChoice()) throws -> [String] {
        var lines: [String] = []
        try LogReader(options, folder: "/nowhere").read(choice) { record in
            lines.append(String(decoding: record.bytes, as: UTF8.self))
            return true
        }
        return lines
    }

    @Test(arguments: [LogOptions.Driver.jsonFile, .k8sFile])
    func rotatedFilesAreReadAsOne(driver: LogOptions.Driver) throws {
        let scratch = try Scratch()
        var options = options(scratch, maxSize: 500, maxFiles: 4)
        options.driver = driver
        let writer = try LogWriter(options)
        let all = (0..<100).map { "line \($0)\n" }
        for (number, line) in all.enumerated() { write(writer, line, Int64(number)) }
        let names = try Files.list(scratch.path).sorted()
        #expect(names == ["log", "log.1", "log.2", "log.3"])
        for name in names.dropFirst() {
            let size = try Files.read(scratch.path + "/" + name).count
            #expect(size >= 500 && size < 700)
        }
        let kept = try read(options)
        #expect(kept.count >= 15 && kept == Array(all.suffix(kept.count)))
        for tail in [0, 1, 5, kept.count - 1, kept.count, 1000] {
            var choice = LogChoice()
            choice.tail = tail
            #expect(try read(options, choice) == Array(all.suffix(min(tail, kept.count))), "tail \(tail)")
        }
    }

    @Test func oneLargePieceIsRotatedWithin() throws {
        let scratch = try Scratch()
        let options = options(scratch, maxSize: 200, maxFiles: 1000)
        let writer = try LogWriter(options)
        let all = (0..<100).map { "\($0)\n" }
        write(writer, all.joined(), 0)
        #expect(try read(options) == all)
        #expect(try Files.list(scratch.path).count > 10)
    }

    @Test func aSingleFileIsEmptied() throws {
        let scratch = try Scratch()
        let options = options(scratch, maxSize: 500)
        let writer = try LogWriter(options)
        for number in 0..<100 { write(writer, "\(number)\n", 0) }
        #expect(try Files.list(scratch.path) == ["log"])
        #expect(try Files.read(options.path).count < 700)
    }

    @Test func recordsAreChosenByTimeAndStream() throws {
        let scratch = try Scratch()
        let options = options(scratch)
        let writer = try LogWriter(options)
        for second in 0..<10 {
            write(writer, "\(second)\n", Int64(second), second % 2 == 0 ? .stdout : .stderr)
        }
        var choice = LogChoice()
        choice.since = Moment(3_000_000_000)
        choice.until = Moment(6_000_000_000)
        #expect(try read(options, choice) == ["3\n", "4\n", "5\n", "6\n"])
        choice.stdout = false
        #expect(try read(options, choice) == ["3\n", "5\n"])
    }

    @Test func aFullDiskCostsRecordsAndNothingElse() throws {
        let scratch = try Scratch(sizeMax: 64 << 10)
        let options = options(scratch)
        let writer = try LogWriter(options)
        for number in 0..<2000 { write(writer, "line \(number)\n", 0) }
        let lost = writer.lost
        #expect(lost > 0)
        let kept = try read(options)
        #expect(kept == (0..<kept.count).map { "line \($0)\n" } && kept.count > 100)
        #expect(try Files.read(options.path).last == 10)
        // As soon as there is room again, the log goes on.
        try #require(truncate(options.path, 0) == 0)
        let again = try LogWriter(options)
        write(again, "after\n", 0)
        #expect(again.lost == 0)
        #expect(try read(options) == ["after\n"])
    }

    @Test func aBrokenLineIsPassedOver() throws {
        let scratch = try Scratch()
        let options = options(scratch)
        let writer = try LogWriter(options)
        write(writer, "one\n", 0)
        try Descriptor.open(options.path, O_WRONLY | O_APPEND).write("{\"log\":\"half\n\n\u{0}\n")
        write(writer, "two\n", 0)
        #expect(try read(options) == ["one\n", "two\n"])
    }

    @Test func aFollowerGoesOnOverRotationsToTheEnd() throws {
        let box = try Box("read x; i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); done") {
            $0.openStdin = true
            $0.log.maxSize = 4000
            $0.log.maxFiles = 1000
        }
        let client = try box.start()
        var choice = LogChoice()
        choice.follows = true
        // Written only once the reader follows.
        let path = box.folder
        let options = box.keeping.log
        try client.send(Frame.input.with(Array("go\n".utf8)))
        var lines: [String] = []
        try LogReader(options, folder: path).read(choice) { record in
            lines.append(String(decoding: record.bytes, as: UTF8.self))
            return true
        }
        #expect(lines == (0..<300).map { "line \($0)\n" })
        #expect(try Transcript(client).status == 0)
        #expect(try Files.list(path).filter { $0.hasPrefix("log.") }.count > 3)
    }

    @Test func aFollowerEndsWithAKilledKeeper() throws {
        let box = try Box("echo up; exec sleep 1000")
        let client = try box.start()
        #expect(try Transcript(client) { $0.out == "up\n" }.status == nil)
        var choice = LogChoice()
        choice.follows = true
        var lines: [String] = []
        try LogReader(box.keeping.log, folder: box.folder).read(choice) { record in
            lines.append(String(decoding: record.bytes, as: UTF8.self))
            kill(box.keeper, SIGKILL)
            return true
        }
        #expect(lines == ["up\n"])
    }

    @Test func aLogThatCannotBeWrittenStopsNothing() throws {
        let box = try Box("seq 1 1000; exit 6") { $0.log.path = "/dev/full" }
        let heard = try Transcript(try box.start())
        #expect(heard.status == 6 && heard.out == (1...1000).map { "\($0)\n" }.joined())
        #expect(try #require(box.state).logLost > 1000)
    }
}
