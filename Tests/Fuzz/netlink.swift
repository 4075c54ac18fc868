// rooms: Kernel Netlink
@testable import Netlink

/// The input is a datagram from the kernel, as an answer to question 1.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNetlink(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let datagram = Array(UnsafeBufferPointer(start: bytes, count: count))
    guard let messages = Message.parse(datagram[...], sequences: 1...1) else { return 0 }
    for message in messages {
        precondition(message.body.count + 16 <= count)
        _ = message.error
        precondition((message.explanation?.utf8.count ?? 0) <= 200)
        if let link = Link(message) { precondition(!link.name.isEmpty) }
        if let elements = Batch.Element.parse(message) { precondition(elements.count <= count) }
        if let route = Route(message) { checkRoute(route) }
        guard let address = Address(message) else { continue }
        let again = Message.add(address, to: 1).encoded(sequence: 1)
        guard let said = Message.parse(again[...], sequences: 1...1)?.first, let heard = Address(said) else {
            preconditionFailure("an address that was read cannot be said")
        }
        precondition(heard.localBytes == address.localBytes && heard.prefix == address.prefix)
    }
    return 0
}

private func checkRoute(_ route: Route) {
    guard let heard = Route(Message.route(route, isNew: true)) else {
        preconditionFailure("a route that was read cannot be said")
    }
    precondition(heard.device == route.device && heard.gateway == route.gateway)
    precondition(heard.prefix == 0 || heard.destination == route.destination)
}
