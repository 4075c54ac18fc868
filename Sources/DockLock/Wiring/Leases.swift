import Addressing
import Glibc
import Kernel

/// Who has which address of a network.
extension Folders {
    private func leases(_ network: String) -> String { folder(network) + "/leases" }

    /// Takes an address for a container.
    /// - Parameter wanted: nil for the next free one after the last that was given: an address rests for a
    ///   while before it means another container.
    func lease(
        _ wanted: IPAddress?, of subnet: Network.Subnet, network: String, to id: String
    ) throws -> IPAddress {
        if let wanted {
            guard subnet.prefix.isUsable(wanted), wanted != subnet.gateway else {
                throw WiringError(
                    "address \(wanted) is not one that network \(network) (\(subnet.prefix)) can give")
            }
            guard try take(wanted, network, id) else {
                let owner = owner(of: wanted, in: network)?.prefix(12) ?? "another"
                throw WiringError("address \(wanted) of network \(network) is that of container \(owner)")
            }
            return wanted
        }
        let memory = folder(network) + (subnet.prefix.address.isIPv6 ? "/last6" : "/last4")
        let given = Set(try Files.list(leases(network)))
        let last = (try? Files.text(memory)).flatMap { IPAddress($0) }
        // The search goes round once, and a full /16 or more of IPv6 is not searched further than that.
        let size = min(subnet.prefix.last, 1 << 17)
        var distance = last.flatMap { subnet.prefix.distance(to: $0) } ?? 0
        for _ in 0...size {
            distance = distance >= size ? 1 : distance + 1
            guard let address = subnet.prefix.address.advanced(by: distance),
                subnet.prefix.isUsable(address), address != subnet.gateway,
                !given.contains(address.description), try take(address, network, id)
            else { continue }
            try Files.replace(memory, with: Array(address.description.utf8))
            return address
        }
        throw WiringError("network \(network) has no free address in \(subnet.prefix)")
    }

    private func take(_ address: IPAddress, _ network: String, _ id: String) throws(SystemError) -> Bool {
        let path = leases(network) + "/\(address)"
        if symlink(id, path) == 0 { return true }
        guard errno == EEXIST else { throw SystemError("symlink", errno, path) }
        return false
    }

    /// Gives addresses back; those of somebody else stay.
    func release(_ network: String, where isOver: (IPAddress, _ owner: String) -> Bool) throws(SystemError) {
        guard Files.exists(leases(network)) else { return }
        for name in try Files.list(leases(network)) {
            let path = leases(network) + "/" + name
            guard let address = IPAddress(name), let owner = try? Files.link(path) else { continue }
            if isOver(address, owner) { try Files.remove(path) }
        }
    }

    /// The id of the container that has an address; nil where it is free.
    func owner(of address: IPAddress, in network: String) -> String? {
        try? Files.link(leases(network) + "/\(address)")
    }
}
