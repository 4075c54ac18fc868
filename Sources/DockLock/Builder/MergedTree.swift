import CTree
import Glibc
import Images
import Kernel

/// The tree that layers make together, mounted in this process's own mount namespace; nobody else sees it,
/// and it goes with the process at the latest.
final class MergedTree {
    /// What changes is written here; nil where the tree is only read.
    let upper: String?
    let root: Root
    private var mountPoint: String?

    /// - Parameters:
    ///   - layers: names of folders below the store's, the topmost first.
    ///   - folder: an empty folder for what this needs.
    init(_ store: ImageStore, layers: [String], in folder: String, isWritable: Bool) throws {
        // Separators of the mount's own options; nothing else of these paths is chosen by anybody.
        guard !folder.utf8.contains(where: { ":,\\\"".utf8.contains($0) }) else {
            throw BuildError("\(folder) holds a character that overlayfs does not take")
        }
        let empty = folder + "/empty"
        try Files.makeDirectory(empty)
        if !isWritable, layers.count < 2 {
            // One folder is no overlay, and needs none.
            (upper, mountPoint) = (nil, nil)
            root = try Root(layers.first.map { store.layers + "/" + $0 } ?? empty, name: "")
            return
        }
        let point = folder + "/tree"
        try Files.makeDirectory(point)
        var options = "lowerdir=" + (layers.isEmpty ? [empty] : layers).joined(separator: ":")
        if isWritable {
            for name in ["upper", "work"] { try Files.makeDirectory(folder + "/" + name) }
            options += ",upperdir=\(folder)/upper,workdir=\(folder)/work"
        }
        if !Host.isInitialUserNamespace { options += ",userxattr" }
        guard options.utf8.count < 4096 else {
            throw BuildError("the image has more layers than one mount takes")
        }
        // Names of layers are relative: all of them must fit into a page.
        let here = try Descriptor.open(".", O_PATH | O_DIRECTORY)
        try SystemError.check(chdir(store.layers), "chdir", store.layers)
        let result = mount("overlay", point, "overlay", isWritable ? 0 : UInt(MS_RDONLY), options)
        let code = errno
        try SystemError.check(fchdir(here.number), "chdir")
        guard result == 0 else { throw SystemError("mount the layers on", code, point) }
        upper = isWritable ? folder + "/upper" : nil
        mountPoint = point
        root = try Root(point, name: "")
    }

    deinit { unmount() }

    /// Lets go of the mount, whoever still holds this value. Detached: what of it is still open goes with its
    /// descriptors.
    func unmount() {
        if let mountPoint { _ = umount2(mountPoint, Int32(MNT_DETACH)) }
        mountPoint = nil
    }

    /// Gives this process mounts of its own, once.
    static func isolate() throws {
        try SystemError.check(unshare(CLONE_NEWNS), "make a mount namespace")
        try SystemError.check(
            mount(nil, "/", nil, UInt(MS_REC | MS_PRIVATE), nil), "make mounts private")
    }
}
