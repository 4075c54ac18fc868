import Digest
import JSON
import Kernel

/// A user's container as its folder in DATA/containers has it, as far as images matter.
public struct StoredContainer: Sendable {
    public var id: String
    /// Its folder.
    public var path: String
    public var use: ImageUse

    /// The directory of what it changed: overlayfs' upper one.
    public var upper: String { path + "/upper" }

    /// Where its configuration has mounts, in bytes as paths of its tree. None where it cannot be read.
    public var mountPoints: [[UInt8]] {
        guard let bytes = try? Files.read(path + "/config.json", limit: 16 << 20),
            let bundle = try? JSON.parse(bytes)
        else { return [] }
        return bundle["mounts"]?.elements.compactMap { $0["destination"]?.string.map { Array($0.utf8) } }
            ?? []
    }
}

extension ImageStore {
    /// The container of that name, id, or unique beginning of an id.
    public func container(_ name: String) throws -> StoredContainer {
        let id = try containerID(name)
        let path = containers + "/" + id
        let record = path + "/container.json"
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(record, limit: 1 << 20)
        } catch {
            throw ImageError(.absent, "No such container: \(name)")
        }
        return StoredContainer(id: id, path: path, use: try Self.use(of: id, bytes, record))
    }

    private func containerID(_ name: String) throws -> String {
        let absent = ImageError(.absent, "No such container: \(name)")
        guard !name.isEmpty, !name.contains("/"), name != ".", name != ".." else { throw absent }
        if let target = try? Files.link(data + "/names/" + name) {
            let id = String(target.split(separator: "/").last ?? "")
            if Self.isContainer(id) { return id }
        }
        guard name.utf8.allSatisfy(isHexDigit), let names = try? Files.list(containers) else { throw absent }
        let found = names.filter { Self.isContainer($0) && $0.hasPrefix(name) }
        if found.count > 1 {
            throw ImageError(.ambiguous, "several containers have ids that begin with \(name)")
        }
        guard let id = found.first else { throw absent }
        return id
    }
}
