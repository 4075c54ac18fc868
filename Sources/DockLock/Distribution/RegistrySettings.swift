import JSON
import Manifest

/// What a host is told of registries, `registries.json`:
///
///     {"registries": {"registry.example:5000": {
///         "insecure": true,                        neither certificates nor https are demanded
///         "ca": "/etc/ssl/own.pem",                a file of certificates that are trusted too
///         "mirrors": ["mirror.example/copies"]     asked before, in that order, when something is pulled
///     }}}
public struct RegistrySettings: Sendable, Equatable {
    public static let limitBytes = 1 << 20

    public struct Entry: Sendable, Equatable {
        public var isInsecure = false
        public var ca: String?
        public var mirrors: [String] = []

        public init() {}
    }

    private var entries: [(registry: String, entry: Entry)] = []

    public static func == (left: RegistrySettings, right: RegistrySettings) -> Bool {
        left.entries.elementsEqual(right.entries, by: ==)
    }

    /// Nothing is said of any registry.
    public init() {}

    public init(_ bytes: [UInt8], name: String) throws(DistributionError) {
        func refuse(_ problem: String) -> DistributionError { DistributionError("\(name): \(problem)") }
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(bytes, limits: .init(depth: 8, bytes: Self.limitBytes))
        } catch {
            throw refuse(error.description)
        }
        guard json.kind == .object else { throw refuse("must be an object") }
        for (key, value) in json.members {
            guard key.equals("registries"), value.kind == .object else {
                throw refuse("\(shown(key.string ?? "")): only an object \"registries\" is known")
            }
            for (key, value) in value.members {
                let registry = key.string ?? ""
                guard Location.split(registry) != nil else {
                    throw refuse("registries: \"\(shown(registry))\" is no registry")
                }
                do throws(DistributionError) {
                    entries.append((registry, try Self.entry(value)))
                } catch {
                    throw refuse("registries.\(registry).\(error)")
                }
            }
        }
    }

    private static func entry(_ json: JSON) throws(DistributionError) -> Entry {
        var entry = Entry()
        guard json.kind == .object else { throw DistributionError("must be an object") }
        for (key, value) in json.members {
            switch key.string ?? "" {
            case "insecure":
                guard let bool = value.bool else {
                    throw DistributionError("insecure: must be true or false")
                }
                entry.isInsecure = bool
            case "ca":
                guard let path = value.string, path.hasPrefix("/"), !value.hasNUL else {
                    throw DistributionError("ca: must be an absolute path")
                }
                entry.ca = path
            case "mirrors":
                for mirror in value.elements {
                    guard let text = mirror.string, isMirror(text) else {
                        throw DistributionError("mirrors: must be registries, perhaps with a path")
                    }
                    entry.mirrors.append(text)
                }
            case let other: throw DistributionError("\(shown(other)): is not known")
            }
        }
        return entry
    }

    /// `host`, `host:port/prefix`
    private static func isMirror(_ text: String) -> Bool {
        let host = text.prefix { $0 != "/" }
        guard Location.split(String(host)) != nil else { return false }
        return host.endIndex == text.endIndex || (try? Reference(text + "/x")) != nil
    }

    public subscript(registry: String) -> Entry {
        entries.first { $0.registry == registry }?.entry ?? Entry()
    }

    /// The places that have a repository, in the order in which they are asked: mirrors, then the registry.
    public func sources(of repository: Repository) -> [Repository] {
        let mirrors = self[repository.registry].mirrors.map { mirror in
            let host = String(mirror.prefix { $0 != "/" })
            let prefix = mirror.dropFirst(host.utf8.count + 1)
            return Repository(
                registry: host, path: prefix.isEmpty ? repository.path : prefix + "/" + repository.path)
        }
        return mirrors + [repository]
    }
}
