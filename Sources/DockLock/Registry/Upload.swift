import Digest
import Distribution
import Manifest
import NIOCore

extension Remote {
    /// Bytes of a chunk; what is no larger goes in one piece.
    static let chunkSize: Int64 = 32 << 20

    /// Whether the repository has a blob.
    func has(_ digest: Digest) async throws -> Bool {
        let home = try await server.home()
        let answer = try await server.ask(Call(.HEAD, repository.blob(digest, at: home)), pushing)
        switch answer.status {
        case 200: return true
        case 404: return false
        default: throw await answer.complaint()
        }
    }

    /// How an upload begins.
    enum Beginning: Sendable {
        /// The blob is there without one: it was mounted from that repository.
        case mounted(from: String)
        case upload(Location)
    }

    /// Begins an upload, or spares it where another repository has the blob and it may be used from there
    /// (distribution-spec, Mounting a blob from another repository).
    func begin(_ digest: Digest, from other: String?) async throws -> Beginning {
        let home = try await server.home()
        var place = repository.uploads(at: home)
        if let other { place = place.adding("mount", digest.description).adding("from", other) }
        var call = Call(.POST, place)
        call.fields = [("Content-Length", "0")]
        let answer = try await server.ask(call, pushing)
        if answer.status == 201, let other { return .mounted(from: other) }
        guard answer.status == 202 else { throw await answer.complaint() }
        return .upload(try await next(answer))
    }

    /// Where an upload goes on.
    private func next(_ answer: Answer) async throws -> Location {
        _ = try? await answer.bytes(limit: RegistryComplaint.limitBytes)
        guard let text = answer.single("location") else {
            throw RegistryError(
                .invalid, "\(answer.place.shownInErrors): the answer to an upload has no Location")
        }
        let place = try answer.place.resolving(text)
        guard answer.place.scheme == .http || place.scheme == .https else {
            throw RegistryError(
                .invalid, "\(answer.place.shownInErrors): the upload would go on by plain http")
        }
        return place
    }

    /// Sends a blob, in one piece or in chunks, and goes on where a connection broke (distribution-spec,
    /// Pushing blobs). `tell` is given the bytes that arrived.
    func upload(
        _ file: OpenFile, _ blob: ContentDescriptor, at start: Location, tell: (Int64) -> Void
    ) async throws {
        var place = start
        var done: Int64 = 0
        var tries = 0
        while true {
            let begun = done
            do {
                while blob.size - done > Self.chunkSize {
                    place = try await chunk(file, done, Self.chunkSize, at: place)
                    done += Self.chunkSize
                    tell(done)
                }
                try await close(file, blob, done, at: place)
                return tell(blob.size)
            } catch let error as RegistryError where error.kind == .passing {
                tries = done > begun ? 1 : tries + 1
                guard tries < Retry.triesMax else { throw error }
                await pause(after: tries, nil)
                if try await has(blob.digest) { return tell(blob.size) }
                (place, done) = try await resume(blob, at: place)
            }
        }
    }

    private func chunk(
        _ file: OpenFile, _ offset: Int64, _ count: Int64, at place: Location
    ) async throws -> Location {
        var call = Call(.PATCH, place)
        call.fields = [("Content-Range", ByteRange.chunk(offset, Int(count)))]
        call.body = .file(file, offset: offset, count: count)
        let answer = try await server.ask(call, pushing, isPatient: false)
        guard answer.status == 202 || answer.status == 204 else { throw await answer.complaint() }
        return try await next(answer)
    }

    /// Sends what is left, and says that this was all.
    private func close(
        _ file: OpenFile, _ blob: ContentDescriptor, _ offset: Int64, at place: Location
    ) async throws {
        let rest = blob.size - offset
        var call = Call(.PUT, place.adding("digest", blob.digest.description))
        if rest > 0 {
            call.body = .file(file, offset: offset, count: rest)
            if offset > 0 { call.fields = [("Content-Range", ByteRange.chunk(offset, Int(rest)))] }
        } else {
            call.fields = [("Content-Length", "0")]
        }
        let answer = try await server.ask(call, pushing, isPatient: false)
        guard answer.status == 201 || answer.status == 204 else { throw await answer.complaint() }
        _ = try? await answer.bytes(limit: RegistryComplaint.limitBytes)
    }

    /// Where an upload that broke stands; a new one where the registry has forgotten it.
    private func resume(_ blob: ContentDescriptor, at place: Location) async throws -> (Location, Int64) {
        let answer = try await server.ask(Call(.GET, place), pushing)
        let done = answer.single("range").flatMap { ByteRange.uploaded($0) }
        if answer.status == 204, let done, done <= blob.size { return (try await next(answer), done) }
        _ = try? await answer.bytes(limit: RegistryComplaint.limitBytes)
        guard case .upload(let fresh) = try await begin(blob.digest, from: nil) else { return (place, 0) }
        return (fresh, 0)
    }

    /// Names a manifest (distribution-spec, Pushing Manifests).
    func put(_ bytes: [UInt8], type: String, tag: String, digest: Digest) async throws {
        let home = try await server.home()
        var call = Call(.PUT, repository.manifest(tag, at: home))
        call.body = .bytes(bytes, type: type)
        let answer = try await server.ask(call, pushing)
        guard answer.status == 201 || answer.status == 204 else { throw await answer.complaint() }
        if let stated = answer.single("docker-content-digest"), stated != digest.description {
            throw RegistryError(
                .invalid,
                "\(answer.place.shownInErrors): the registry calls the manifest \(stated), not \(digest)")
        }
        _ = try? await answer.bytes(limit: RegistryComplaint.limitBytes)
    }
}
