// rooms: JSON OCI Verbs
import Verbs

/// The input is a command line, its arguments split at NUL.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzVerbs(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: bytes, count: count)
    let arguments = input.split(separator: 0, omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
    }
    do throws(UsageError) {
        let call = try Usage.parse(arguments)
        if case .help(let topic) = call.verb {
            precondition(!Usage.help(topic).isEmpty)
        }
        if case .state(let id) = call.verb {
            precondition(ContainerID.problem(id) == nil)
        }
    } catch {
        precondition(error.description.contains("see docklock "))
    }
    for argument in arguments.prefix(4) {
        if let size = Quantity.size(argument) { precondition(size >= -1) }
        if let duration = Quantity.duration(argument) { precondition(duration >= 0) }
        if let signal = Signals.number(argument) { precondition((0...64).contains(signal)) }
        for format in [LogFormat.text, .json] {
            let line = LogLine.bytes(format, .error, argument, time: Int64(count))
            precondition(line.firstIndex(of: 10) == line.count - 1)
        }
        if argument.utf8.count <= 64, let pattern = try? Pattern(argument) {
            _ = pattern.finds("aab-ab.1")
        }
    }
    return 0
}
