import ArgumentParser
import Distribution
import Kernel
import Registry

/// How a registry is reached, and as whom: for every verb that speaks with one.
struct RegistryFlags: ParsableArguments {
    @Option(name: .customLong("tls-verify"), help: "Whether certificates and https are demanded (true).")
    var tlsVerify: Bool?
    @Option(name: .customLong("authfile"), help: "The file of credentials.")
    var authFile: String?
    @Option(name: .customLong("cert-dir"), help: "A folder of *.crt, *.cert and *.key for the registry.")
    var certificates: String?

    /// To be called before the user enters a namespace of his own: the files are his.
    func registries(_ credentials: String? = nil) throws -> Registries {
        var trust = Trust(try Self.settings())
        trust.verifies = tlsVerify
        trust.folder = try certificates.map(absolute)
        var keyring = try keyring()
        if let credentials {
            guard let colon = credentials.firstIndex(of: ":"), colon != credentials.startIndex else {
                throw Failure(description: "--creds wants USER:PASSWORD", status: 125)
            }
            keyring.given = .password(
                user: String(credentials[..<colon]),
                password: String(credentials[credentials.index(after: colon)...]))
        }
        return Registries(trust, keyring)
    }

    func keyring() throws -> Keyring { .standard(authFile: try authFile.map(absolute)) }

    /// What the host, or the user in its place, is told of registries.
    private static func settings() throws -> RegistrySettings {
        let own = Host.environment("XDG_CONFIG_HOME") ?? Host.environment("HOME").map { $0 + "/.config" }
        for folder in [own, "/etc"].compactMap({ $0 }) {
            let path = folder + "/docklock/registries.json"
            guard Files.exists(path) else { continue }
            return try RegistrySettings(
                Files.readRegular(path, limit: RegistrySettings.limitBytes), name: path)
        }
        return RegistrySettings()
    }
}
