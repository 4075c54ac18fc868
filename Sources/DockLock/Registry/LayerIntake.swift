import Digest
import Images
import Layers
import Manifest
import NIOCore
import NIOPosix
import Transfer

/// A layer that comes: its blob is stored and its tree grows, by the same pass over its bytes. Files are
/// written on threads of their own, a piece after the other, while the next piece is gathered.
///
/// Sound as Sendable: pieces are handed over one at a time, and the next only when the last is done.
final class LayerIntake: @unchecked Sendable {
    /// Bytes of a piece.
    private static let pieceSize = 1 << 20

    private let store: ImageStore
    private let layer: Layer
    private let chain: Digest
    private let incoming: Incoming?
    private let unpacking: Unpacking?
    private var gathered = ByteBuffer()
    private var running: Task<Void, any Error>?

    /// `unpacks` and `stores` say which of both is missing. One of them must be.
    init(_ store: ImageStore, _ layer: Layer, chain: Digest, unpacks: Bool, stores: Bool) throws {
        self.store = store
        self.layer = layer
        self.chain = chain
        // The bytes go through one hash: the unpacking's, where there is one.
        incoming =
            stores ? try (unpacks ? .unhashed(store) : Incoming(store, layer.digest.algorithm)) : nil
        unpacking = unpacks ? try store.unpacking(layer, of: chain) : nil
    }

    func take(_ bytes: ByteBuffer) async throws {
        var bytes = bytes
        gathered.writeBuffer(&bytes)
        if gathered.readableBytes >= Self.pieceSize { try await handOver() }
    }

    private func handOver() async throws {
        let piece = gathered
        gathered = ByteBuffer()
        gathered.reserveCapacity(Self.pieceSize + (64 << 10))
        try await running?.value
        running = Task {
            try await NIOThreadPool.singleton.runIfActive { try self.write(piece) }
        }
    }

    private func write(_ piece: ByteBuffer) throws {
        try piece.withUnsafeReadableBytes { bytes in
            try incoming?.append(bytes)
            try unpacking?.push(bytes)
        }
    }

    /// Waits until nothing is written any more, after an error.
    func abandon() async {
        _ = try? await running?.value
        running = nil
    }

    /// All bytes came: they are checked. What is left is for `ImageStore.keep`.
    func finish() async throws -> Arrived {
        try await handOver()
        try await running?.value
        running = nil
        return try await NIOThreadPool.singleton.runIfActive {
            let unpacked = try self.unpacking.map { unpacking in
                try self.store.checked(unpacking, self.layer, of: self.chain)
            }
            if unpacked != nil {
                try self.incoming?.vouch(self.layer.digest)
            } else {
                try self.incoming?.check(expected: self.layer.digest, expectedSize: self.layer.size)
            }
            return Arrived(blob: self.incoming, tree: unpacked)
        }
    }
}

/// A layer that came, whole and checked.
///
/// Sound as Sendable: made by one thread and given to the next, which is alone with it.
struct Arrived: @unchecked Sendable {
    var blob: Incoming?
    var tree: UnpackedLayer?
}
