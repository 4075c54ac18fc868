import AsyncHTTPClient
import Distribution
import Kernel
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Why something could not be done with a registry, and of which kind the reason is.
public struct RegistryError: Error, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// The registry has nothing of that name.
        case absent
        /// A login is missing, wrong, or not enough.
        case denied
        /// The connection broke, or the server had no time: the next try may succeed.
        case passing
        /// No connection can be made.
        case unreachable
        /// The server said what no registry may say.
        case invalid
    }

    public var kind: Kind
    public var description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// What went wrong between here and a server.
    init(_ error: any Error, at place: Location) {
        let what = "\(place.scheme.rawValue)://\(place.authority)"
        switch error {
        case let error as RegistryError: self = error
        case let error as DistributionError: self.init(.invalid, error.description)
        case let error as HTTPClientError:
            let passing: [HTTPClientError] = [
                .readTimeout, .writeTimeout, .connectTimeout, .remoteConnectionClosed, .deadlineExceeded,
                .httpProxyHandshakeTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout,
            ]
            if error == .tlsHandshakeTimeout || error == .connectTimeout {
                self.init(.unreachable, "\(what): no connection in time")
            } else {
                self.init(
                    passing.contains(error) ? .passing : .invalid, "\(what): \(error.shortDescription)")
            }
        case HTTPParserError.invalidEOFState: self.init(.passing, "\(what): the connection ended early")
        case let error as NIOConnectionError:
            let reason =
                error.connectionErrors.first.map { Self.words($0.error) }
                ?? (error.dnsAError ?? error.dnsAAAAError).map { _ in "the host's name is not known" }
                ?? "no address"
            self.init(.unreachable, "\(what): \(reason)")
        case let error as NIOSSLError:
            self.init(.unreachable, "\(what): TLS: \(Self.words(error))")
        case let error as BoringSSLError: self.init(.unreachable, "\(what): TLS: \(error)")
        case is NIOSSLExtraError: self.init(.unreachable, "\(what): TLS: \(error)")
        case let error as IOError: self.init(.passing, "\(what): \(Self.words(error))")
        case let error as ChannelError: self.init(.passing, "\(what): \(error)")
        default: self.init(.invalid, "\(what): \(error)")
        }
    }

    private static func words(_ error: any Error) -> String {
        (error as? IOError).map { SystemError.text($0.errnoCode) } ?? "\(error)"
    }

    private static func words(_ error: NIOSSLError) -> String {
        guard case .handshakeFailed(let reason) = error else { return "\(error)" }
        let text = "\(reason)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return "the server's certificate is not trusted (certificate verify failed)"
        }
        if text.contains("WRONG_VERSION_NUMBER") { return "the server does not speak TLS" }
        return "the handshake failed: \(text)"
    }
}
