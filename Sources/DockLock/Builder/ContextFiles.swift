import Containerfile
import Kernel

/// The files of a context that say how it is built.
struct ContextFiles {
    private let request: BuildRequest
    private let root: Root

    init(_ request: BuildRequest, _ root: Root) {
        self.request = request
        self.root = root
    }

    /// The Containerfile: the one that was asked for, or that of the context.
    func containerfile() throws -> Containerfile {
        let limit = Containerfile.limitBytes
        if let file = request.file {
            return try explained(file, try Files.readRegular(file, limit: limit))
        }
        for name in ["Containerfile", "Dockerfile"] {
            if let bytes = try root.read(name, limit: limit) { return try explained(name, bytes) }
        }
        throw BuildError("there is neither a Containerfile nor a Dockerfile in \(request.context)")
    }

    /// What is left out: a list of the Containerfile's own, or that of the context.
    func ignored() throws -> IgnoreList {
        let limit = IgnoreList.limitBytes
        if let file = request.file {
            for name in [file + ".containerignore", file + ".dockerignore"] where Files.exists(name) {
                return try list(name, try Files.readRegular(name, limit: limit))
            }
        }
        for name in [".containerignore", ".dockerignore"] {
            if let bytes = try root.read(name, limit: limit) { return try list(name, bytes) }
        }
        return IgnoreList()
    }

    private func list(_ name: String, _ bytes: [UInt8]) throws -> IgnoreList {
        do throws(ContainerfileError) {
            return try IgnoreList(String(decoding: bytes, as: UTF8.self))
        } catch {
            throw BuildError("\(name): \(error)")
        }
    }

    private func explained(_ name: String, _ bytes: [UInt8]) throws -> Containerfile {
        do throws(ContainerfileError) {
            return try Containerfile.parse(bytes)
        } catch {
            throw BuildError("\(name): \(error)")
        }
    }
}
