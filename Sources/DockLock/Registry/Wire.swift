import AsyncHTTPClient
import Distribution
import Glibc
import Kernel
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// What is sent, again and again if it must be.
struct Call: Sendable {
    enum Body: Sendable {
        case none
        case bytes([UInt8], type: String)
        /// A part of a file.
        case file(OpenFile, offset: Int64, count: Int64)
    }

    var method: HTTPMethod
    var place: Location
    var fields: [(String, String)] = []
    var body = Body.none

    init(_ method: HTTPMethod, _ place: Location) {
        self.method = method
        self.place = place
    }
}

/// A file that several tasks read.
final class OpenFile: Sendable {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}

/// What a server said: its body is still to come.
struct Answer: Sendable {
    var status: Int
    var fields: HTTPHeaders
    var body: HTTPClientResponse.Body
    /// Where it came from, at the end of what led on.
    var place: Location

    /// The body, which may not be longer than `limit` bytes.
    func bytes(limit: Int) async throws(RegistryError) -> [UInt8] {
        do {
            var bytes: [UInt8] = []
            for try await piece in body {
                guard bytes.count + piece.readableBytes <= limit else {
                    throw RegistryError(
                        .invalid, "\(place.shownInErrors): the answer is longer than \(limit) bytes")
                }
                bytes.append(contentsOf: piece.readableBytesView)
            }
            return bytes
        } catch {
            throw RegistryError(error, at: place)
        }
    }

    /// Why it is not what was asked for.
    func complaint() async -> RegistryError {
        let body = (try? await bytes(limit: RegistryComplaint.limitBytes)) ?? []
        let kind: RegistryError.Kind =
            switch status {
            case 401, 403: .denied
            case 404: .absent
            case let status where Retry.isWorth(status: status): .passing
            default: .invalid
            }
        return RegistryError(
            kind, "\(place.shownInErrors): \(RegistryComplaint.text(status: status, body: body))")
    }

    func single(_ name: String) -> String? { fields.first(name: name) }
}

/// Connections to servers: one question, one answer.
final class Wire: Sendable {
    private let client: HTTPClient
    private let trust: Trust

    /// Bytes of a file that go out at once.
    private static let pieceSize = 256 << 10

    init(_ trust: Trust) {
        self.trust = trust
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(60), write: .seconds(60))
        // What is tried again, and when, is a rule of ours.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        configuration.decompression = .disabled
        client = HTTPClient(
            eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: configuration)
    }

    func close() async { try? await client.shutdown() }

    /// Where an error left no time for `close`; after it this does nothing.
    deinit { try? client.syncShutdown() }

    /// Asks once. Where the answer of a question without a body leads on, follows by the rule of
    /// `Redirection`; `authorization` stays with the server that `home` is of.
    func ask(
        _ call: Call, authorization: String?, home: Location
    ) async throws(RegistryError) -> Answer {
        var place = call.place
        var hops = 0
        while true {
            let answer = try await once(call, at: place, place.hasOrigin(of: home) ? authorization : nil)
            guard call.method == .GET || call.method == .HEAD, Redirection.isOne(answer.status) else {
                return answer
            }
            do throws(DistributionError) {
                place = try Redirection.next(from: place, to: answer.single("location"), hops: hops)
            } catch {
                throw RegistryError(.invalid, error.description)
            }
            hops += 1
        }
    }

    private func once(
        _ call: Call, at place: Location, _ authorization: String?
    ) async throws(RegistryError) -> Answer {
        var request = HTTPClientRequest(url: place.description)
        request.method = call.method
        request.headers.add(name: "User-Agent", value: "docklock")
        for field in call.fields { request.headers.add(name: field.0, value: field.1) }
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        switch call.body {
        case .none: break
        case .bytes(let bytes, let type):
            request.headers.add(name: "Content-Type", value: type)
            request.body = .bytes(bytes)
        case .file(let file, let offset, let count):
            request.headers.add(name: "Content-Type", value: "application/octet-stream")
            request.body = .stream(
                FilePieces(file: file, offset: offset, count: count), length: .known(count))
        }
        if place.scheme == .https { request.tlsConfiguration = try trust.tls(place) }
        do {
            let response = try await client.execute(request, timeout: .hours(1))
            return Answer(
                status: Int(response.status.code), fields: response.headers, body: response.body,
                place: place)
        } catch {
            throw RegistryError(error, at: place)
        }
    }

    /// A part of a file, as it is sent.
    private struct FilePieces: AsyncSequence, Sendable {
        typealias Element = ByteBuffer

        let file: OpenFile
        let offset: Int64
        let count: Int64

        func makeAsyncIterator() -> Iterator { Iterator(pieces: self) }

        struct Iterator: AsyncIteratorProtocol {
            let pieces: FilePieces
            var done: Int64 = 0

            mutating func next() async throws -> ByteBuffer? {
                let count = Int(Swift.min(Int64(Wire.pieceSize), pieces.count - done))
                guard count > 0 else { return nil }
                let offset = pieces.offset + done
                let (file, wanted) = (pieces.file, count)
                let buffer = try await NIOThreadPool.singleton.runIfActive {
                    try file.read(wanted, at: offset)
                }
                done += Int64(buffer.readableBytes)
                return buffer
            }
        }
    }
}

extension OpenFile {
    /// That many bytes: an error where the file has become shorter.
    func read(_ count: Int, at offset: Int64) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        while buffer.readableBytes < count {
            let start = off_t(offset) + off_t(buffer.readableBytes)
            let rest = count - buffer.readableBytes
            let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: rest) { room in
                max(pread(descriptor.number, room.baseAddress, rest, start), 0)
            }
            guard got > 0 else { throw SystemError("read", errno, "a blob") }
        }
        return buffer
    }
}
