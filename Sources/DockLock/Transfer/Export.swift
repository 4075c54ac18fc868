import Glibc
import Images
import Kernel
import Layers

extension ImageStore {
    /// Writes a container's whole tree, its image's with what it changed, as a tar archive. The tree is
    /// mounted for that in a mount namespace of this process's own, which it keeps: a program does nothing
    /// but this afterwards.
    public func export(
        _ container: StoredContainer, write: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard Self.privilege == .root else {
            throw ImageError(.invalid, "export needs the host's root: it mounts the container's tree")
        }
        let lease = try lease()
        defer { withExtendedLifetime(lease) {} }
        try Layers.pack(try mounted(container), as: .tree, to: write)
    }

    /// Mounts the tree, for reading, over the folder of the container: nobody else sees it.
    private func mounted(_ container: StoredContainer) throws -> String {
        try SystemError.check(unshare(CLONE_NEWNS), "make a mount namespace")
        try SystemError.check(
            mount(nil, "/", nil, UInt(MS_REC | MS_PRIVATE), nil), "make mounts private")
        // Names relative to the folder of layers: mount(2) takes no more than a page of options.
        try SystemError.check(chdir(layers), "chdir", layers)
        let folders = ["../containers/" + container.id + "/upper"] + container.use.layers
        // A single directory is no overlay, and needs none: an image without layers.
        guard folders.count > 1 else { return container.upper }
        let options = "lowerdir=" + folders.joined(separator: ":")
        guard options.utf8.count < 4096 else {
            throw ImageError(.invalid, "the image has more layers than one mount takes")
        }
        try SystemError.check(
            mount("overlay", container.path, "overlay", UInt(MS_RDONLY), options),
            "mount the tree of", container.id)
        return container.path
    }
}
