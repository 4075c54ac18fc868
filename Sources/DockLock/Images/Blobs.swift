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
