import Distribution

extension Registries {
    /// Whether the registry takes the credential that the keyring has for it: throws where it does not.
    public func verify(_ registry: String) async throws {
        let server = Server(registry, wire, trust, keyring)
        let home = try await server.home()
        let answer = try await server.ask(Call(.GET, home), nil)
        guard answer.status == 200 else { throw await answer.complaint() }
    }
}
