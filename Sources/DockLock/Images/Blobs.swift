import Digest
import Glibc
import Hash
import Kernel
import Manifest

extension ImageStore {
    public func has(_ digest: Digest) -> Bool { Files.exists(blob(digest)) }

    /// A small blob, a manifest or a configuration, checked against its digest.
    public func read(_ digest: Digest, limit: Int) throws -> [UInt8] {
        let path = blob(digest)
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(path, limit: limit)
        } catch {
            guard error.code == ENOENT else { throw error }
            throw ImageError(.damaged, "the blob \(digest) is missing from the store")
        }
        guard Hash.digest(bytes, digest.algorithm) == digest else {
            throw ImageError(.damaged, "the blob \(path) is not what its digest says")
        }
        return bytes
    }

    /// A layer's blob, open for reading. Nothing is checked: whoever unpacks it checks what it reads.
    public func open(_ digest: Digest) throws -> Descriptor {
        do throws(SystemError) {
            return try Descriptor.open(blob(digest), O_RDONLY)
        } catch {
            guard error.code == ENOENT else { throw error }
            throw ImageError(.damaged, "the blob \(digest) is missing from the store")
        }
    }

    public func size(of digest: Digest) throws -> Int64 {
        var status = stat()
        try SystemError.check(stat(blob(digest), &status), "stat", blob(digest))
        return Int64(status.st_size)
    }

    /// Stores bytes that are all there, and says by which digest. The caller holds a lease.
    @discardableResult
    public func add(_ bytes: [UInt8]) throws -> Digest {
        let incoming = try Incoming(self)
        try incoming.append(bytes)
        return try incoming.finish()
    }

    public func manifest(_ digest: Digest) throws -> ImageManifest {
        let bytes = try read(digest, limit: ImageManifest.limitBytes)
        do throws(ManifestError) {
            return try ImageManifest.decode(bytes)
        } catch {
            throw ImageError(.damaged, "the manifest \(digest): \(error)")
        }
    }

    public func config(_ digest: Digest) throws -> ImageConfig {
        let bytes = try read(digest, limit: ImageConfig.limitBytes)
        do throws(ManifestError) {
            return try ImageConfig.decode(bytes)
        } catch {
            throw ImageError(.damaged, "the configuration \(digest): \(error)")
        }
    }
}

/// A blob on its way into the store. Until `finish` it is a file beside the blobs, which goes with this
/// value; a dead process's is swept. The caller holds a lease.
public final class Incoming {
    private let store: ImageStore
    private let path: String
    private let file: Descriptor
    private var hash: Hash
    private var isDone = false
    /// Bytes so far.
    public private(set) var size: Int64 = 0

    public init(_ store: ImageStore, _ algorithm: Digest.Algorithm = .sha256) throws {
        self.store = store
        hash = Hash(algorithm)
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
        hash.update(bytes)
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
        let digest = hash.digest()
        if let expectedSize, expectedSize != size {
            throw ImageError(.invalid, "\(expected ?? digest) has \(size) bytes, not \(expectedSize)")
        }
        if let expected, expected != digest {
            throw ImageError(.invalid, "the content of \(expected) has the digest \(digest)")
        }
        let place = store.blob(digest)
        try SystemError.check(fchmod(file.number, 0o644), "chmod", path)
        try SystemError.check(fsync(file.number), "fsync", path)
        if digest.algorithm == .sha512 {
            try Files.makeDirectory(store.layout + "/blobs/sha512", mode: 0o700)
        }
        try SystemError.check(rename(path, place), "rename", place)
        isDone = true
        try Durable.syncFolder(of: place)
        return digest
    }
}
