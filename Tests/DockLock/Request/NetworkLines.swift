import Testing
import Verbs

@testable import Request

@Suite struct NetworkLines {
    private func network(_ words: [String]) throws(UsageError) -> NetworkVerbRequest {
        guard case .network(let request) = try UserLine.parse(["network"] + words) else {
            throw UsageError("no network")
        }
        return request
    }

    @Test func creation() throws {
        let request = try network([
            "create", "--subnet", "10.89.5.0/24", "--gateway=10.89.5.1", "--ipv6", "--internal",
            "--disable-dns", "--label", "a=b", "-o", "mtu=1400", "back",
        ])
        #expect(request.action == .create && request.names == ["back"])
        #expect(request.subnets == ["10.89.5.0/24"] && request.gateways == ["10.89.5.1"])
        #expect(request.hasIPv6 && request.isInternal && !request.resolvesNames)
        #expect(request.labels == [Setting("a", "b")] && request.options == [Setting("mtu", "1400")])
    }

    @Test func connection() throws {
        let request = try network(["connect", "--ip", "10.1.2.3", "--alias", "db", "back", "web"])
        #expect(request.action == .connect && request.names == ["back", "web"])
        #expect(request.ip == "10.1.2.3" && request.aliases == ["db"])
    }

    /// What -f is depends on the action, as with docker.
    @Test func theLetterF() throws {
        #expect(try network(["inspect", "-f", "{{.Name}}", "back"]).format == "{{.Name}}")
        #expect(try network(["ls", "-f", "name=back"]).filters == [Setting("name", "back")])
        #expect(try network(["rm", "-f", "back"]).force)
        guard case .volume(let volume) = try UserLine.parse(["volume", "inspect", "-f", "{{.Name}}", "v"])
        else { throw UsageError("no volume") }
        #expect(volume.format == "{{.Name}}" && !volume.force)
    }

    @Test(arguments: [
        ["make"], ["create"], ["create", "a", "b"], ["ls", "a"], ["connect", "back"], ["rm"],
        ["rm", "../etc"], ["create", "--driver", "macvlan", "a"], ["create", "--gateway", "x", "a"],
        ["connect", "--ip", "fe80::1", "a", "b"],
    ])
    func whatIsRefused(_ words: [String]) {
        #expect(throws: UsageError.self) { try network(words) }
    }

    @Test func itIsPeoplesAlone() {
        let witness = Witness(hasConfiguration: { true }, isUsers: { _ in false })
        #expect(Language.of(["network", "ls"], witness).language == .user)
    }
}
