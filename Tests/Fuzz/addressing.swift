// rooms: Addressing
@testable import Addressing

/// The input is a text that a user or a file gave: an address, a subnet, a port, a network, a resolv.conf.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAddressing(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    if let address = IPAddress(text) {
        precondition(IPAddress(address.description) == address, "an address is not what it says")
    }
    if let prefix = try? Prefix(text), let far = prefix.address.advanced(by: prefix.last / 2) {
        precondition(prefix.contains(far) && prefix.distance(to: far) == prefix.last / 2)
    }
    if let hardware = try? HardwareAddress(text) { precondition(hardware.bytes.count == 6) }
    if let ports = try? Publication.parse(text) { precondition((1...65535).contains(ports.count)) }
    if case .networks(let requests)? = try? NetworkMode.parse([text]) { precondition(requests.count == 1) }
    let file = ResolverFile(parsing: text)
    precondition(ResolverFile(parsing: file.text).servers == Array(file.servers.prefix(3)))
    _ = try? HostsFile.entry(text, gateway: nil)
    return 0
}
