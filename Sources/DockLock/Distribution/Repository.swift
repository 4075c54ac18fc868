import Digest
import Manifest

/// A repository of a registry, and the addresses of what is in it (distribution-spec, Endpoints).
public struct Repository: Sendable, Hashable {
    /// The registry as names of images have it: `docker.io`, `host:5000`.
    public var registry: String
    /// `library/alpine`
    public var path: String

    public init(registry: String, path: String) {
        self.registry = registry
        self.path = path
    }

    public init(_ reference: Reference) { self.init(registry: reference.domain, path: reference.path) }

    public var name: String { registry + "/" + path }

    /// The registry's own address, by that scheme. Docker's has another name than its images.
    public static func home(of registry: String, _ scheme: Location.Scheme) throws(DistributionError)
        -> Location
    {
        let authority = registry == Reference.defaultDomain ? dockerHost : registry
        guard let place = Location.split(authority) else {
            throw DistributionError("\"\(shown(registry))\" is no registry")
        }
        return Location(
            scheme: scheme, host: place.host, port: place.port ?? (scheme == .https ? 443 : 80),
            target: "/v2/")
    }

    /// The name, as images have it, of the registry that is there.
    public static func name(of place: Location) -> String {
        place.authority == dockerHost ? Reference.defaultDomain : place.authority
    }

    private static let dockerHost = "registry-1.docker.io"

    /// Whether the registry is on this machine.
    public static func isLoopback(_ registry: String) -> Bool {
        Location.split(registry).map { Location.isLoopback($0.host) } ?? false
    }

    /// A manifest by tag or digest.
    public func manifest(_ name: String, at home: Location) -> Location { place("manifests/" + name, home) }

    public func blob(_ digest: Digest, at home: Location) -> Location {
        place("blobs/" + digest.description, home)
    }

    /// Where uploads begin.
    public func uploads(at home: Location) -> Location { place("blobs/uploads/", home) }

    public func tags(at home: Location) -> Location { place("tags/list?n=1000", home) }

    private func place(_ rest: String, _ home: Location) -> Location {
        var place = home
        place.target = "/v2/" + path + "/" + rest
        return place
    }
}
