import Glibc
import Images
import Kernel
import Request

extension Vessels {
    /// Makes the volumes that a request names, and names those without one. Empty ones get what the image has
    /// where they go.
    /// - Returns: the request with every volume named, the directories by name, and the names made up.
    func prepareVolumes(
        _ request: ContainerRequest, layers: [String]
    ) throws -> (request: ContainerRequest, directories: [String: String], own: [String]) {
        var request = request
        var directories: [String: String] = [:]
        var own: [String] = []
        for index in request.mounts.indices {
            guard case .volume(let given) = request.mounts[index].source else { continue }
            if let driver = request.mounts[index].volumeDriver, driver != "local" {
                throw VesselError("there is no volume driver \"\(driver)\"; there is local")
            }
            let name = try given ?? Vessels.freshID()
            if given == nil { own.append(name) }
            request.mounts[index].source = .volume(name)
            let mount = request.mounts[index]
            let directory = try makeVolume(name, labels: mount.volumeLabels, isAnonymous: given == nil)
            // Without privilege nobody could give the copies their owners.
            if mount.isFilled, mount.subpath == nil, Host.uid == 0 {
                try fill(directory, CopyUp(layers: layers), mount.destination)
            }
            if let subpath = request.mounts[index].subpath {
                directories[name + "/" + subpath] = try below(directory, subpath)
            } else {
                directories[name] = directory
            }
        }
        return (request, directories, own)
    }

    /// One at a time, so that no other container meets a volume that is half full.
    private func fill(_ directory: String, _ content: CopyUp, _ destination: String) throws {
        let lock = try Descriptor.open(directory + "/..", O_RDONLY | O_DIRECTORY)
        while flock(lock.number, LOCK_EX) != 0 {
            if errno != EINTR { throw SystemError("lock", errno, directory) }
        }
        guard try Files.list(directory).isEmpty else { return }
        do {
            try content.copy(destination, into: directory)
        } catch {
            for name in try Files.list(directory) { try Trees.remove(directory + "/" + name) }
            throw error
        }
    }

    /// The volumes that were made for a container and have no name that anybody gave.
    func removeOwnVolumes(of record: VesselRecord) throws {
        for volume in record.ownVolumes { try Trees.remove(places.volumes + "/" + volume) }
    }

    private func below(_ directory: String, _ path: String) throws -> String {
        let parts = path.split(separator: "/")
        guard !parts.contains("..") else { throw VesselError("volume-subpath: \(path) leaves the volume") }
        var reached = directory
        for part in parts {
            reached += "/" + part
            var status = stat()
            guard lstat(reached, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw VesselError("volume-subpath: \(path) is no directory of the volume")
            }
        }
        return reached
    }
}
