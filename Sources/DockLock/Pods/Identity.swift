import Glibc
import JSON
import Kernel
import Keys
import Pod

/// The key that names a vPod: `key` in its folder, 32 bytes that only root reads and no container sees; and
/// `events.jsonl`, a line for each thing that happened to it.
///
/// A line of `rotate` has the new public key and a signature by the old one, 128 hexadecimal digits, of
/// the text `docklock vpod rotate`, the vPod's id, the old key and the new key, each followed by a newline.
extension Vpods {
    private func keyFile(_ id: String) -> String { folder(of: id) + "/key" }
    private func eventFile(_ id: String) -> String { folder(of: id) + "/events.jsonl" }

    /// Makes the first key.
    func makeKey(_ id: String) throws {
        let key = try SigningKey.generate()
        try Files.replace(keyFile(id), with: key.seed, mode: 0o600)
        try note(id, "create", [.init("key", .string(key.publicKey.description))])
    }

    /// The key as it is now. One who was killed in the middle of a rotation left two: the log says which
    /// holds. The vPod's lock is held.
    func key(of id: String) throws -> SigningKey {
        let key = try SigningKey(seed: try Files.read(keyFile(id), limit: 64))
        let draft = keyFile(id) + ".next"
        guard let seed = try? Files.read(draft, limit: 64) else { return key }
        if let next = try? SigningKey(seed: seed), try lastKey(of: id) == next.publicKey.description {
            try SystemError.check(rename(draft, keyFile(id)), "rename", draft)
            return next
        }
        try Files.remove(draft)
        return key
    }

    /// The public key that the log names last.
    private func lastKey(of id: String) throws -> String? {
        var last: String?
        for line in try Files.text(eventFile(id)).split(separator: "\n") {
            if let key = try JSON.parse(Array(line.utf8))["key"]?.string { last = key }
        }
        return last
    }

    /// `rotate`: a new key, which the old one signs.
    /// - Returns: the new public key.
    public func rotate(_ name: String) throws -> String {
        let record = try find(name)
        let lock = try hold(record.id)
        defer { withExtendedLifetime(lock) {} }
        let old = try key(of: record.id)
        let new = try SigningKey.generate()
        let draft = keyFile(record.id) + ".next"
        try Files.replace(draft, with: new.seed, mode: 0o600)
        let signature = try old.sign(Vpods.rotation(record.id, old.publicKey, new.publicKey))
        try note(
            record.id, "rotate",
            [
                .init("old", .string(old.publicKey.description)),
                .init("key", .string(new.publicKey.description)),
                .init("signature", .string(Hexadecimal.text(signature))),
            ])
        try SystemError.check(rename(draft, keyFile(record.id)), "rename", draft)
        return new.publicKey.description
    }

    /// What the old key signs.
    static func rotation(_ id: String, _ old: PublicKey, _ new: PublicKey) -> [UInt8] {
        Array("docklock vpod rotate\n\(id)\n\(old)\n\(new)\n".utf8)
    }

    /// Writes down what happened, in one write.
    func note(_ id: String, _ event: String, _ members: [JSONNode.Member] = []) throws {
        let line = JSONNode.object(
            [.init("time", .string(Vpods.now)), .init("event", .string(event))] + members)
        let file = try Descriptor.open(
            eventFile(id), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, mode: 0o600)
        try file.write(line.encoded() + [UInt8(ascii: "\n")], name: eventFile(id))
        try SystemError.check(fsync(file.number), "fsync", eventFile(id))
    }
}
