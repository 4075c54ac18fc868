// rooms: Upkeep
import JSON
import Upkeep

/// The first byte says what the rest is: a request, a state, a client's words, a log's line, a moment, or a
/// container's output.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzUpkeep(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    guard let kind = input.first else { return 0 }
    let rest = Array(input.dropFirst())
    do {
        switch kind {
        case UInt8(ascii: "k"):
            let keeping = try Keeping(decoding: rest)
            let again = try Keeping(decoding: keeping.node.encoded())
            precondition(again == keeping)
        case UInt8(ascii: "s"):
            let state = try KeptState(decoding: rest)
            let again = try KeptState(decoding: state.node.encoded()).node
            precondition(again == state.node)
        case UInt8(ascii: "c"):
            let command = try Command(decoding: rest)
            let again = try Command(decoding: command.node.encoded())
            precondition(again == command)
        case UInt8(ascii: "h"):
            let hello = try Hello(decoding: rest)
            let again = try Hello(decoding: hello.node.encoded())
            precondition(again == hello)
        case UInt8(ascii: "l"):
            _ = LogRecord(rest, .jsonFile)
            _ = LogRecord(rest, .k8sFile)
        case UInt8(ascii: "m"):
            if let moment = Moment(rest) { precondition(Moment(moment.text.utf8) == moment) }
        default: log(rest)
        }
    } catch let error as UpkeepError {
        precondition(!error.description.isEmpty)
    } catch {
        preconditionFailure("an error of no known kind")
    }
    return 0
}

/// What a container writes is in its log, whatever it is: byte for byte in CRI's format, and in docker's but
/// for what is no text.
private func log(_ output: [UInt8]) {
    for driver in [LogOptions.Driver.jsonFile, .k8sFile] {
        var encoder = LogEncoder(driver)
        var out: [UInt8] = []
        for part in stride(from: 0, to: output.count, by: 7) {
            output[part..<min(part + 7, output.count)].withUnsafeBytes {
                encoder.take($0, .stderr, at: Moment(0), into: &out) { _ in }
            }
        }
        encoder.finish(at: Moment(0), into: &out)
        var back: [UInt8] = []
        for line in out.split(separator: UInt8(ascii: "\n")) {
            guard let record = LogRecord(Array(line), driver) else { preconditionFailure("a record is none") }
            back += record.bytes
        }
        if driver == .k8sFile || String(validating: output, as: UTF8.self) != nil {
            precondition(back == output)
        }
    }
}
