import JSON

/// A file of credentials: containers-auth.json(5), or docker's config.json, which is the same.
public struct CredentialFile: Sendable {
    public static let limitBytes = 4 << 20
    /// What docker calls its own registry.
    static let dockerServer = "https://index.docker.io/v1/"

    /// What a file says of a repository.
    public enum Finding: Sendable, Equatable {
        case credential(Credential)
        /// The program `docker-credential-NAME` knows, by the name of that server.
        case helper(name: String, server: String)
    }

    private var members: [JSONNode.Member]
    /// For errors.
    private let name: String

    /// A file without credentials.
    public init(name: String) {
        members = []
        self.name = name
    }

    public init(_ bytes: [UInt8], name: String) throws(DistributionError) {
        self.name = name
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(bytes, limits: .init(depth: 32, bytes: Self.limitBytes))
        } catch {
            throw DistributionError("\(name): \(error)")
        }
        guard case .object(let members) = JSONNode(json) else {
            throw DistributionError("\(name): must be an object")
        }
        self.members = members
    }

    /// The document, with all members that it came with.
    public var encoded: [UInt8] { JSONNode.object(members).encoded(pretty: true) + [UInt8(ascii: "\n")] }

    /// What is to be used for a repository of a registry, or, without one, for the registry itself: the entry
    /// of the longest name (`host/team/app`, `host/team`, `host`) counts.
    public func find(registry: String, repository: String?) throws(DistributionError) -> Finding? {
        for key in Self.keys(registry, repository) {
            for helper in object("credHelpers") where Self.isSame(helper.key, key) {
                guard case .string(let program) = helper.value, Self.isHelper(program) else {
                    throw DistributionError(
                        "\(name): credHelpers: \(shown(helper.key)): is no program's name")
                }
                return .helper(name: program, server: helper.key)
            }
            for entry in object("auths") where Self.isSame(entry.key, key) {
                if let found = try credential(entry) { return .credential(found) }
            }
        }
        guard case .string(let program)? = members.first(where: { $0.key == "credsStore" })?.value,
            !program.isEmpty
        else { return nil }
        guard Self.isHelper(program) else {
            throw DistributionError("\(name): credsStore: is no program's name")
        }
        return .helper(name: program, server: registry == "docker.io" ? Self.dockerServer : registry)
    }

    /// The helper that keeps a registry's passwords, where the file says that one does.
    public func keeper(of registry: String) throws(DistributionError) -> (name: String, server: String)? {
        guard case .helper(let name, let server) = try find(registry: registry, repository: nil) else {
            return nil
        }
        return (name, server)
    }

    /// Notes a password, in the place of the one that was there; nil takes it away. False where there was
    /// nothing to take.
    @discardableResult
    public mutating func set(_ key: String, _ credential: Credential?) -> Bool {
        var entries = object("auths")
        let count = entries.count
        entries.removeAll { Self.isSame($0.key, key) }
        let wasThere = entries.count < count
        switch credential {
        case nil: break
        case .password(let user, let password)?:
            let text = Base64.encode(Array("\(user):\(password)".utf8))
            entries.append(.init(key, ["auth": .string(text)]))
        case .identityToken(let token)?:
            entries.append(.init(key, ["identitytoken": .string(token)]))
        }
        let place = members.firstIndex { $0.key == "auths" }
        if let place {
            members[place].value = .object(entries)
        } else {
            members.append(.init("auths", .object(entries)))
        }
        return wasThere
    }

    private func object(_ key: String) -> [JSONNode.Member] {
        guard case .object(let entries)? = members.first(where: { $0.key == key })?.value else { return [] }
        return entries
    }

    /// nil for an empty entry, which docker leaves where a helper has the password.
    private func credential(_ entry: JSONNode.Member) throws(DistributionError) -> Credential? {
        guard case .object(let fields) = entry.value else {
            throw DistributionError("\(name): auths: \(shown(entry.key)): must be an object")
        }
        func text(_ key: String) -> String? {
            guard case .string(let text)? = fields.first(where: { $0.key == key })?.value else { return nil }
            return text.isEmpty ? nil : text
        }
        if let token = text("identitytoken") { return .identityToken(token) }
        guard let auth = text("auth") else { return nil }
        guard let bytes = Base64.decode(auth), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
            throw DistributionError(
                "\(name): auths: \(shown(entry.key)): auth: is no user and password in base 64")
        }
        // Docker once padded with NUL characters.
        let password = bytes[(colon + 1)...].prefix { $0 != 0 }
        return .password(
            user: String(decoding: bytes[..<colon], as: UTF8.self),
            password: String(decoding: password, as: UTF8.self))
    }

    /// The names by which an entry may mean the repository, the longest first.
    static func keys(_ registry: String, _ repository: String?) -> [String] {
        var keys: [String] = []
        var steps = repository?.split(separator: "/") ?? []
        while !steps.isEmpty {
            keys.append(registry + "/" + steps.joined(separator: "/"))
            steps.removeLast()
        }
        return keys + [registry]
    }

    /// Whether an entry's name, which may be an address, is that one.
    private static func isSame(_ entry: String, _ key: String) -> Bool {
        if entry == key { return true }
        var name = entry[...]
        for scheme in ["https://", "http://"] where name.hasPrefix(scheme) {
            // An address means its host: what follows is the version of a protocol.
            name = name.dropFirst(scheme.count).prefix { $0 != "/" }
        }
        return plain(String(name)) == plain(key)
    }

    private static func plain(_ name: String) -> String {
        ["index.docker.io", "registry-1.docker.io"].contains(name) ? "docker.io" : name
    }

    private static func isHelper(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count < 256 && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 < 0x21 }
    }
}

/// What programs that keep credentials say (docker-credential-helpers, README, Development).
public enum HelperAnswer {
    public static let limitBytes = 1 << 20

    /// The answer to `get`.
    public static func decode(_ bytes: [UInt8], helper: String) throws(DistributionError) -> Credential {
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(bytes, limits: .init(depth: 8, bytes: limitBytes))
        } catch {
            throw DistributionError("docker-credential-\(helper): \(error)")
        }
        guard let user = json["Username"]?.string, let secret = json["Secret"]?.string else {
            throw DistributionError("docker-credential-\(helper): the answer lacks Username or Secret")
        }
        return user == "<token>" ? .identityToken(secret) : .password(user: user, password: secret)
    }

    /// Whether the words of a helper that failed say that it knows no such server.
    public static func isAbsent(_ text: [UInt8]) -> Bool {
        String(decoding: text, as: UTF8.self).contains("credentials not found in native keychain")
    }

    /// The input of `store`.
    public static func encode(_ credential: Credential, server: String) -> [UInt8] {
        let (user, secret) =
            switch credential {
            case .password(let user, let password): (user, password)
            case .identityToken(let token): ("<token>", token)
            }
        let node: JSONNode = [
            "ServerURL": .string(server), "Username": .string(user), "Secret": .string(secret),
        ]
        return node.encoded()
    }
}
