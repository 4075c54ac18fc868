import Addressing
import Glibc
import JSON
import Kernel

/// DATA/networks: a folder a network, with its record, its leases and its members.
///
/// One lock serves all of it; who changes anything holds it. A lease is a symbolic link from an address to a
/// container's id, so it is there with its owner or not at all; everything else is replaced in one step.
struct Folders: Sendable {
    /// DATA/networks.
    let path: String

    init(data: String) { path = data + "/networks" }

    func folder(_ network: String) -> String { path + "/" + network }

    private func record(_ network: String) -> String { folder(network) + "/network.json" }

    private func memberRecord(_ id: String, _ network: String) -> String {
        folder(network) + "/members/" + id + ".json"
    }

    /// Calls with the lock held, for which it waits.
    func locked<T>(_ body: () throws -> T) throws -> T {
        try Files.makeDirectories(path, mode: 0o700)
        let file = try Descriptor.open(path + "/.lock", O_RDWR | O_CREAT, mode: 0o600)
        while flock(file.number, LOCK_EX) != 0 {
            if errno != EINTR { throw SystemError("lock", errno, path) }
        }
        defer { flock(file.number, LOCK_UN) }
        return try body()
    }

    /// Calls with the lock held; nil where another holds it.
    func tryLocked<T>(_ body: () -> T) -> T? {
        guard let file = try? Descriptor.open(path + "/.lock", O_RDWR),
            flock(file.number, LOCK_EX | LOCK_NB) == 0
        else { return nil }
        defer { flock(file.number, LOCK_UN) }
        return body()
    }

    /// Names of networks, sorted; folders that a killed creation left are none.
    func names() throws(SystemError) -> [String] {
        guard Files.exists(path) else { return [] }
        return try Files.list(path).filter { $0.utf8.first != UInt8(ascii: ".") && Files.exists(record($0)) }
            .sorted()
    }

    func all() throws -> [Network] { try names().compactMap { try find($0) } }

    /// Nil where there is none; an error where its record can't be read.
    func find(_ name: String) throws -> Network? {
        try NetworkName.check(name)
        guard Files.exists(record(name)) else { return nil }
        guard let network = Network(try JSON.parse(try Files.read(record(name), limit: 1 << 20))) else {
            throw WiringError("\(record(name)) is no record of a network")
        }
        return network
    }

    func save(_ network: Network) throws {
        for inner in ["leases", "members"] {
            try Files.makeDirectories(folder(network.name) + "/" + inner, mode: 0o700)
        }
        try Files.replace(record(network.name), with: network.node.encoded(pretty: true))
    }

    /// The record goes first: what is left without it is no network.
    func remove(_ network: String) throws(SystemError) {
        try Files.remove(record(network))
        for inner in ["leases", "members"] {
            let inner = folder(network) + "/" + inner
            guard Files.exists(inner) else { continue }
            for name in try Files.list(inner) { try Files.remove(inner + "/" + name) }
            try Files.removeDirectory(inner)
        }
        for name in try Files.list(folder(network)) { try Files.remove(folder(network) + "/" + name) }
        try Files.removeDirectory(folder(network))
    }

    /// The containers on a network, by id.
    func members(of network: String) throws -> [Member] {
        let folder = folder(network) + "/members"
        guard Files.exists(folder) else { return [] }
        var members: [Member] = []
        for name in try Files.list(folder).sorted() where name.hasSuffix(".json") {
            let bytes: [UInt8]
            do {
                bytes = try Files.read(folder + "/" + name, limit: 4 << 20)
            } catch {
                // Readers hold no lock: it may have gone since the listing.
                guard error.code == ENOENT else { throw error }
                continue
            }
            guard let member = Member(try JSON.parse(bytes)) else {
                throw WiringError("\(folder)/\(name) is no record of a container's network")
            }
            members.append(member)
        }
        return members
    }

    func member(_ id: String, of network: String) throws -> Member? {
        let path = memberRecord(id, network)
        guard Files.exists(path) else { return nil }
        return Member(try JSON.parse(try Files.read(path, limit: 4 << 20)))
    }

    func save(_ member: Member, of network: String) throws {
        try Files.replace(memberRecord(member.id, network), with: member.node.encoded())
    }

    func removeMember(_ id: String, of network: String) throws(SystemError) {
        try Files.remove(memberRecord(id, network))
    }
}
