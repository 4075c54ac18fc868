import Archive
import Compress
import Digest
import Glibc
import Hash
import Kernel

/// Unpacks a layer while its bytes arrive, in memory that does not grow with it. It grows beside its place
/// and takes it in one step, when every digest is right; before that, and after any error, there is
/// nothing.
///
/// Needs to be root, of the host or of a user namespace. What it made is on its way to the disk when it is
/// checked: a caller that records the layer durably calls syncfs(2) before.
public final class Unpacking {
    private let directory: String
    private let layer: Layer
    private let limits: LayerLimits
    private let staging: Staging
    private let growth: Growth
    private var decoder: Decoder?
    private var reader = TarReader()
    private var start: [UInt8] = []
    private var compression = Compression.none
    private var blobHash: Hash
    private var archiveHash: Hash
    private var size: Int64 = 0
    private var archiveSize: Int64 = 0
    private var isSettled = false

    /// Begins to unpack `layer` for `directory`, which must not exist when it settles; the folder above it
    /// must exist now.
    public init(
        _ layer: Layer, to directory: String, privilege: Privilege, limits: LayerLimits = LayerLimits()
    ) throws(LayerError) {
        self.directory = directory
        self.layer = layer
        self.limits = limits
        blobHash = Hash(layer.digest.algorithm)
        archiveHash = Hash(layer.diffID.algorithm)
        do throws(SystemError) {
            let staging = try Staging(beside: directory)
            do throws(SystemError) {
                growth = try Growth(root: try staging.root(), limits: limits, privilege: privilege)
            } catch {
                staging.discard()
                throw error
            }
            self.staging = staging
        } catch {
            throw .system(error, entry: "")
        }
    }

    deinit { if !isSettled { staging.discard() } }

    /// Takes the next bytes of the blob. After an error nothing more is to be pushed.
    public func push(_ bytes: UnsafeRawBufferPointer) throws(LayerError) {
        blobHash.update(bytes)
        size += Int64(bytes.count)
        if let expected = layer.size, size > expected { throw .size(expected: expected, found: size) }
        if decoder == nil {
            // The format shows in the first bytes, which may come one by one.
            start.append(contentsOf: bytes)
            if start.count >= Compression.magicSize { try begin() }
            return
        }
        try decompress(bytes)
    }

    /// Takes all that `blob` reads, from where it stands to its end.
    public func push(from blob: borrowing Descriptor) throws(LayerError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let count = read(blob.number, buffer.baseAddress, buffer.count)
            if count == 0 { return }
            if count < 0 {
                if errno == EINTR { continue }
                throw .system(SystemError("read the layer", errno), entry: "")
            }
            try push(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// The blob is at its end: checks what only the end shows, and puts the layer in its place. Where another
    /// process has put the same layer there meanwhile, that one stays.
    public func finish() throws(LayerError) -> LayerFacts {
        let facts = try check()
        try settle()
        return facts
    }

    /// The blob is at its end: checks what only the end shows. The layer is whole then, but not yet in its
    /// place: `settle` puts it there.
    public func check() throws(LayerError) -> LayerFacts {
        if let expected = layer.size, size != expected { throw .size(expected: expected, found: size) }
        let digest = blobHash.digest()
        guard digest == layer.digest else {
            throw .digest(expected: layer.digest, found: digest, size: size)
        }
        if decoder == nil { try begin() }
        do throws(CompressError) { try decoder?.finish() } catch { throw .stream(error) }
        do throws(ArchiveError) { try reader.finish() } catch { throw .archive(error) }
        let isHashed = compression == .none && layer.diffID.algorithm == layer.digest.algorithm
        let diffID = isHashed ? digest : archiveHash.digest()
        guard diffID == layer.diffID else { throw .diffID(expected: layer.diffID, found: diffID) }
        try growth.finish()
        var facts = growth.facts
        facts.size = size
        facts.archiveSize = archiveSize
        return facts
    }

    /// Puts a layer that was checked in its place, in one step.
    public func settle() throws(LayerError) {
        do throws(SystemError) {
            _ = try staging.settle(at: directory, mode: growth.rootMode)
        } catch {
            throw .system(error, entry: "")
        }
        isSettled = true
    }

    private func begin() throws(LayerError) {
        compression = Compression.detect(start)
        do throws(CompressError) { decoder = try Decoder(compression) } catch { throw .stream(error) }
        let first = start
        start = []
        try first.withUnsafeBufferPointer { buffer throws(LayerError) in
            try decompress(UnsafeRawBufferPointer(buffer))
        }
    }

    private func decompress(_ bytes: UnsafeRawBufferPointer) throws(LayerError) {
        var input = bytes
        while true {
            let output: UnsafeRawBufferPointer?
            do throws(CompressError) { output = try decoder?.next(&input) } catch { throw .stream(error) }
            guard let output else { return }
            archiveSize += Int64(output.count)
            guard archiveSize <= limits.bytesMax else {
                throw .refused([], "the layer has more than \(limits.bytesMax) bytes when it is decompressed")
            }
            if compression != .none || layer.diffID.algorithm != layer.digest.algorithm {
                archiveHash.update(output)
            }
            try grow(output)
        }
    }

    private func grow(_ bytes: UnsafeRawBufferPointer) throws(LayerError) {
        var input = bytes
        while true {
            let event: TarReader.Event?
            do throws(ArchiveError) { event = try reader.next(&input) } catch { throw .archive(error) }
            switch event {
            case .entry: try growth.begin(reader.entry)
            case .data(let offset, let data): try growth.write(data, at: offset, of: reader.entry)
            case .end: try growth.end(reader.entry)
            case nil: return
            }
        }
    }
}
