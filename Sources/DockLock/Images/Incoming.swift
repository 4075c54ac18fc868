import Digest
import Glibc
import Hash
import Kernel

/// A blob on its way into the store. Until `finish`, or `ImageStore.keep`, it is a file beside the blobs,
/// which goes with this value; a dead process's is swept. The caller holds a lease.
public final class Incoming {
    private let store: ImageStore
    private let path: String
    private let file: Descriptor
    /// nil where whoever writes checks the digest.
    private var hash: Hash?
    private var checked: Digest?
    private var isDone = false
    /// Bytes so far.
    public private(set) var size: Int64 = 0

    public convenience init(_ store: ImageStore, _ algorithm: Digest.Algorithm = .sha256) throws {
        try self.init(store, hash: Hash(algorithm))
    }

    /// A blob whose bytes go through another hash on their way: its end is `vouch`, not `check`.
    public static func unhashed(_ store: ImageStore) throws -> Incoming {
        try Incoming(store, hash: nil)
    }

    private init(_ store: ImageStore, hash: Hash?) throws {
        self.store = store
        self.hash = hash
        var template = Array((store.ingest + "/XXXXXX").utf8CString)
        let number = mkostemp(&template, O_CLOEXEC)
        path = template.withUnsafeBufferPointer { buffer in
            // Sound: mkostemp leaves the NUL of `utf8CString` in its place.
            buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
        try SystemError.check(number, "make a file", store.ingest)
        file = Descriptor(number)
    }

    deinit {
        if !isDone { _ = unlink(path) }
    }

    public func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        hash?.update(bytes)
        var done = 0
        while done < bytes.count {
            // Sound: `done < bytes.count`, and the length is what is left after it.
            let wrote = Glibc.write(file.number, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if wrote < 0, errno != EINTR { throw SystemError("write", errno, path) }
            done += max(wrote, 0)
        }
        size += Int64(bytes.count)
    }

    public func append(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try append($0) }
    }

    /// Puts the blob in its place, for good, and says its digest. Where `expected` is another one, or the
    /// size is not `expectedSize` bytes, nothing is stored.
    @discardableResult
    public func finish(expected: Digest? = nil, expectedSize: Int64? = nil) throws -> Digest {
        let digest = try check(expected: expected, expectedSize: expectedSize)
        try SystemError.check(fsync(file.number), "fsync", path)
        try Durable.sync(Durable.folder(of: settle()))
        return digest
    }

    /// The blob is whole: says its digest, as `finish` does, but leaves it to `ImageStore.keep` to put it in
    /// its place.
    @discardableResult
    public func check(expected: Digest? = nil, expectedSize: Int64? = nil) throws -> Digest {
        guard let digest = hash?.digest() else {
            throw ImageError(.invalid, "the bytes of \(path) went through no hash")
        }
        if let expectedSize, expectedSize != size {
            throw ImageError(.invalid, "\(expected ?? digest) has \(size) bytes, not \(expectedSize)")
        }
        if let expected, expected != digest {
            throw ImageError(.invalid, "the content of \(expected) has the digest \(digest)")
        }
        try vouch(digest)
        return digest
    }

    /// The blob is whole, and its bytes are those of the digest, as whoever wrote them has checked.
    public func vouch(_ digest: Digest) throws {
        try SystemError.check(fchmod(file.number, 0o644), "chmod", path)
        if digest.algorithm == .sha512 {
            try Files.makeDirectory(store.layout + "/blobs/sha512", mode: 0o700)
        }
        checked = digest
    }

    /// Gives the blob its name, and says it. What makes that last is the caller's.
    func settle() throws -> String {
        guard let checked else { throw ImageError(.invalid, "\(path) was not checked") }
        let place = store.blob(checked)
        try move(to: place)
        return place
    }

    func move(to place: String) throws(SystemError) {
        try SystemError.check(rename(path, place), "rename", place)
        isDone = true
    }
}
