// rooms: Bus
import Bus

/// The input is one message, as it comes from a bus.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBus(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    do {
        let message = try BusMessage(input)
        // Numbers that are no number differ from themselves, so the second writing is held to the first.
        let first = message.encoded
        let again = try BusMessage(first)
        precondition(again.encoded == first)
        precondition(again.member == message.member && again.replyTo == message.replyTo)
    } catch let error as BusError {
        precondition(!error.description.isEmpty)
    } catch {
        preconditionFailure("an error of no known kind")
    }
    return 0
}
