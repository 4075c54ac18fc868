import Distribution
import Glibc
import Kernel
import NIOSSL

/// Whom a connection trusts: the system's certificates, those of `registries.json`, and those of the folders
/// that docker and podman have for a registry (containers-certs.d(5)): `*.crt`, and `*.cert` with its `*.key`
/// for who asks.
public struct Trust: Sendable {
    public static let folders = ["/etc/containers/certs.d", "/etc/docker/certs.d"]

    public var settings: RegistrySettings
    /// Folders of which each has one for each registry, `HOST:PORT`.
    public var folders: [String]
    /// `--cert-dir`: a folder of the registry itself, in place of those.
    public var folder: String?
    /// `--tls-verify`: what is said for all registries; nil where each has its own setting.
    public var verifies: Bool?

    public init(_ settings: RegistrySettings, folders: [String] = Trust.folders) {
        self.settings = settings
        self.folders = folders
    }

    /// Whether neither certificates nor https are demanded of a registry.
    func isInsecure(_ registry: String) -> Bool {
        verifies.map { !$0 } ?? settings[registry].isInsecure
    }

    /// Whether plain http will do.
    func allowsPlain(_ registry: String) -> Bool {
        isInsecure(registry) || (verifies != true && Repository.isLoopback(registry))
    }

    /// How to speak with the server there.
    func tls(_ place: Location) throws(RegistryError) -> TLSConfiguration {
        let names = ["\(place.host):\(place.port)", place.host]
        let registry = Repository.name(of: place)
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if isInsecure(registry) { tls.certificateVerification = .none }
        var added: [NIOSSLCertificate] = []
        do {
            if let ca = settings[registry].ca { added += try NIOSSLCertificate.fromPEMFile(ca) }
            for folder in folder.map({ [$0] }) ?? folders.flatMap({ top in names.map { top + "/" + $0 } }) {
                guard let files = try Self.list(folder) else { continue }
                for file in files where file.hasSuffix(".crt") {
                    added += try NIOSSLCertificate.fromPEMFile(folder + "/" + file)
                }
                for file in files where file.hasSuffix(".cert") {
                    let key = folder + "/" + file.dropLast(5) + ".key"
                    let chain = try NIOSSLCertificate.fromPEMFile(folder + "/" + file)
                    tls.certificateChain = chain.map { .certificate($0) }
                    tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
                }
            }
        } catch {
            throw RegistryError(.invalid, "certificates for \(registry): \(error)")
        }
        if !added.isEmpty { tls.additionalTrustRoots = [.certificates(added)] }
        return tls
    }

    /// The names in a folder, or nil where there is none.
    private static func list(_ folder: String) throws(SystemError) -> [String]? {
        do throws(SystemError) {
            return try Files.list(folder).sorted()
        } catch {
            guard error.code == ENOENT else { throw error }
            return nil
        }
    }
}
