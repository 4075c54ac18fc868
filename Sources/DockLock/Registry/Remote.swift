import Digest
import Distribution
import Hash
import Images
import Kernel
import Manifest
import NIOCore

/// A repository of a registry: its manifests and blobs, there and back.
struct Remote: Sendable {
    let repository: Repository
    let server: Server

    private static let accepted = [
        MediaType.manifest, MediaType.dockerManifest, MediaType.index, MediaType.dockerList,
    ].joined(separator: ", ")

    private var pulling: Scope { Scope(repository.path) }
    var pushing: Scope { Scope(repository.path, push: true) }

    /// A document of the registry: its bytes, checked, and what it says it is.
    struct Document: Sendable {
        var bytes: [UInt8]
        var digest: Digest
        var mediaType: String
    }

    /// The manifest or index of a tag or of a digest (distribution-spec, Pulling manifests). Its bytes have
    /// the digest that was asked for, or else the one that the server names.
    func manifest(tag: String?, digest: Digest?) async throws -> Document {
        let home = try await server.home()
        let name = digest?.description ?? tag ?? "latest"
        var call = Call(.GET, repository.manifest(name, at: home))
        call.fields = [("Accept", Self.accepted)]
        let answer = try await server.ask(call, pulling)
        guard answer.status == 200 else {
            let complaint = await answer.complaint()
            guard complaint.kind == .absent else { throw complaint }
            throw RegistryError(.absent, "\(repository.name):\(name): \(complaint)")
        }
        let bytes = try await answer.bytes(limit: ImageManifest.limitBytes)
        let stated = answer.single("docker-content-digest").flatMap { try? Digest($0) }
        let wanted = digest ?? stated
        let found = Hash.digest(bytes, wanted?.algorithm ?? .sha256)
        if let wanted, wanted != found {
            throw RegistryError(
                .invalid, "\(answer.place.shownInErrors): the manifest has the digest \(found), not \(wanted)"
            )
        }
        let type = (answer.single("content-type") ?? "").prefix { $0 != ";" && $0 != " " }
        return Document(bytes: bytes, digest: found, mediaType: String(type))
    }

    /// A small blob, checked.
    func blob(_ descriptor: ContentDescriptor, limit: Int) async throws -> [UInt8] {
        guard descriptor.size <= limit else {
            throw RegistryError(
                .invalid, "\(descriptor.digest) has \(descriptor.size) bytes, more than the \(limit) allowed")
        }
        var bytes: [UInt8] = []
        try await stream(descriptor) { piece in bytes.append(contentsOf: piece.readableBytesView) }
        let found = Hash.digest(bytes, descriptor.digest.algorithm)
        guard found == descriptor.digest else {
            throw RegistryError(
                .invalid, "\(repository.name): the content of \(descriptor.digest) has the digest \(found)")
        }
        return bytes
    }

    /// Gives `take` the bytes of a blob in their order, each once, and no more than its size; goes on where a
    /// connection broke (distribution-spec, Pulling blobs). Their digest is for `take` to check.
    func stream(
        _ descriptor: ContentDescriptor, _ take: (ByteBuffer) async throws -> Void
    ) async throws {
        let home = try await server.home()
        var offset: Int64 = 0
        var tries = 0
        while true {
            let begun = offset
            var asked: String?
            do {
                var call = Call(.GET, repository.blob(descriptor.digest, at: home))
                if offset > 0 { call.fields = [("Range", ByteRange.from(offset))] }
                let answer = try await server.ask(call, pulling, isPatient: false)
                asked = answer.single("retry-after")
                try await read(answer, of: descriptor, &offset, take)
                if offset == descriptor.size { return }
                throw RegistryError(.passing, "\(answer.place.shownInErrors): the connection ended early")
            } catch let error as RegistryError where error.kind == .passing {
                tries = offset - begun >= Retry.progressBytes ? 1 : tries + 1
                guard tries < Retry.triesMax else { throw error }
                try Task.checkCancellation()
                await pause(after: tries, asked)
            }
        }
    }

    /// Reads an answer with a blob, whole or from `offset` on, which it moves.
    private func read(
        _ answer: Answer, of descriptor: ContentDescriptor, _ offset: inout Int64,
        _ take: (ByteBuffer) async throws -> Void
    ) async throws {
        func refuse(_ problem: String) -> RegistryError {
            RegistryError(.invalid, "\(answer.place.shownInErrors): \(problem)")
        }
        // A server that does not know ranges sends all of it again.
        var skipped: Int64 = 0
        switch answer.status {
        case 200:
            skipped = offset
            if let length = answer.single("content-length").flatMap({ Int64($0) }), length != descriptor.size
            {
                throw refuse("the blob has \(length) bytes, not \(descriptor.size)")
            }
        case 206:
            let range = answer.single("content-range").flatMap { ByteRange.content($0) }
            guard let range, range.start == offset, range.end < descriptor.size,
                range.size ?? descriptor.size == descriptor.size
            else { throw refuse("the answer is another part of the blob than was asked for") }
        default: throw await answer.complaint()
        }
        do {
            for try await var piece in answer.body {
                if skipped > 0 {
                    let count = Int(min(skipped, Int64(piece.readableBytes)))
                    piece.moveReaderIndex(forwardBy: count)
                    skipped -= Int64(count)
                }
                if piece.readableBytes == 0 { continue }
                guard offset + Int64(piece.readableBytes) <= descriptor.size else {
                    throw refuse("the blob is longer than the \(descriptor.size) bytes that it should have")
                }
                let count = Int64(piece.readableBytes)
                do { try await take(piece) } catch { throw Refused(error: error) }
                offset += count
            }
        } catch let error as Refused {
            throw error.error
        } catch {
            throw RegistryError(error, at: answer.place)
        }
    }

    /// What `take` threw, which is none of the connection's errors.
    private struct Refused: Error { let error: any Error }

    /// The tags of the repository (distribution-spec, Listing Tags).
    func tags() async throws -> [String] {
        let home = try await server.home()
        var place: Location? = repository.tags(at: home)
        var tags: [String] = []
        while let page = place {
            let answer = try await server.ask(Call(.GET, page), pulling)
            guard answer.status == 200 else { throw await answer.complaint() }
            let more = try TagPage.decode(await answer.bytes(limit: TagPage.limitBytes)).tags
            tags += more.filter { Reference.isTag($0) && !tags.contains($0) }
            guard tags.count <= 10_000 else {
                throw RegistryError(.invalid, "\(repository.name) has more than 10000 tags")
            }
            let next = answer.single("link").flatMap { TagPage.next($0) }
            place = more.isEmpty ? nil : try next.map { try answer.place.resolving($0) }
        }
        return tags
    }
}
