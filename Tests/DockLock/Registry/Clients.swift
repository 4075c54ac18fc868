import Distribution
import Images
import Kernel
import Manifest
import Registry
import Synchronization

extension Scratch {
    /// What speaks with registries, trusting the scratch folder's authority, as that user.
    func registries(
        as credential: Credential? = nil, settings: String = #"{"registries":{}}"#, authFile: String? = nil
    ) throws -> Registries {
        var trust = Trust(
            try RegistrySettings(Array(settings.utf8), name: "registries.json"),
            folders: [folder + "/certs.d"])
        if Files.exists(folder + "/ca.pem") {
            try sh("mkdir -p authority && cp ca.pem authority/ca.crt")
            trust.folder = folder + "/authority"
        }
        let path = authFile ?? folder + "/auth.json"
        var keyring = Keyring(files: [path], written: path)
        keyring.given = credential
        return Registries(trust, keyring)
    }

    /// Pulls; the connections end with it.
    @discardableResult
    func pull(
        _ name: String, into store: ImageStore, by registries: Registries? = nil,
        show: @escaping Show = { _ in }
    ) async throws -> Pulled {
        let registries = try registries ?? self.registries()
        do {
            let pulled = try await registries.pull(try Reference(name).tagged, into: store, show: show)
            await registries.close()
            return pulled
        } catch {
            await registries.close()
            throw error
        }
    }

    @discardableResult
    func push(
        _ name: String, by registries: Registries? = nil, show: @escaping Show = { _ in }
    ) async throws -> Pushed {
        let registries = try registries ?? self.registries()
        do {
            let pushed = try await registries.push(try Reference(name), from: store, show: show)
            await registries.close()
            return pushed
        } catch {
            await registries.close()
            throw error
        }
    }
}

/// What was told, in its order.
final class Told: Sendable {
    private let events = Mutex<[Progress]>([])

    var all: [Progress] { events.withLock { $0 } }

    func take(_ event: Progress) { events.withLock { $0.append(event) } }
}

let user = Credential.password(user: "user", password: "pass")
