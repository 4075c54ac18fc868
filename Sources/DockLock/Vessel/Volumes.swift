import Glibc
import Images
import Kernel
import Request

extension Vessels {
    /// Makes the volumes that a request names, and names those without one.
    /// - Returns: the request with every volume named, the directories by name, and the names made up.
    func prepareVolumes(
        _ request: ContainerRequest
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
            let directory = places.volumes + "/" + name + "/_data"
            try Files.makeDirectories(directory)
            if let subpath = request.mounts[index].subpath {
                directories[name + "/" + subpath] = try below(directory, subpath)
            } else {
                directories[name] = directory
            }
        }
        return (request, directories, own)
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
