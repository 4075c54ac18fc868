import CTree
import Glibc
import Kernel

/// Files of a root filesystem that is still in layers.
struct ImageFiles {
    /// Absolute, the topmost first.
    let layers: [String]

    /// The content of a file as the container will see it; empty where there is none. No link leads out of
    /// its layer; what a link leads to in another layer is not found, which a user database never needs.
    func read(_ path: String, limit: Int = 1 << 20) throws -> [UInt8] {
        for layer in layers {
            let root = try Descriptor.open(layer, O_PATH | O_DIRECTORY)
            let number = dl_open_in_root(root.number, path, O_RDONLY | O_NONBLOCK)
            if number < 0 {
                guard -number == ENOENT || -number == ENOTDIR else {
                    // A whiteout is a device, which opens as ENXIO; anything else odd is no user database.
                    return []
                }
                continue
            }
            let file = Descriptor(number)
            var status = stat()
            guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return [] }
            return try file.readAll(limit: limit, name: path)
        }
        return []
    }
}
