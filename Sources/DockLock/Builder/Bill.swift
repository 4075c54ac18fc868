import Digest
import Format
import Glibc
import Hash
import Images
import Kernel
import Manifest
import SBOM
import Transfer

/// Writes down what a built image is made of, and attaches it to the image.
struct Bill {
    let store: ImageStore
    let request: BuildRequest
    let image: StageImage
    let id: Digest

    /// `folder` is an empty folder.
    func attach(in folder: String) throws {
        let stored = try store.find(id.hex)
        let manifest = stored.manifest
        let name = request.references.first?.familiar ?? "sha256:" + manifest.digest.hex
        let created = image.config.created ?? Moment(seconds: request.now).description
        var bill = BillOfMaterials(
            name: name, digest: manifest.digest.hex, created: String(created.prefix(19)) + "Z",
            tool: request.tool)
        let tree = try MergedTree(
            store, layers: store.rootfs(of: image.config), in: folder, isWritable: false)
        bill.system = OperatingSystem(try tree.root.read("etc/os-release", limit: 1 << 16) ?? [])
        bill.packages = try packages(tree.root)
        bill.files = try files(tree.root)
        try store.attach(
            bill.encoded(), BillOfMaterials.mediaType, to: manifest,
            annotations: [
                Pair("org.opencontainers.image.created", bill.created),
                Pair("io.docklock.sbom.packages", String(bill.packages.count)),
                Pair("io.docklock.sbom.files", String(bill.files.count)),
            ])
    }

    private func packages(_ root: Root) throws -> [SoftwarePackage] {
        let limit = 64 << 20
        var found = PackageDatabase.dpkg(try root.read("var/lib/dpkg/status", limit: limit) ?? [])
        let folder = "var/lib/dpkg/status.d"
        if try root.status(folder)?.isFolder == true {
            let open = try root.open(folder, O_RDONLY | O_DIRECTORY)
            for name in try Files.names(in: open.number) {
                found += PackageDatabase.dpkg(
                    try root.read(folder + "/" + Names.text(name), limit: 1 << 20) ?? [])
            }
        }
        found += PackageDatabase.apk(try root.read("lib/apk/db/installed", limit: limit) ?? [])
        return found
    }

    /// The files that `COPY` and `ADD` put into the image, its base's among them, as they are now.
    private func files(_ root: Root) throws -> [SoftwareFile] {
        var paths = try basePaths()
        let chain = store.chainIDs(of: image.config)
        for (diff, chain) in zip(image.config.diffIDs, chain) where image.copied.contains(diff) {
            let layer = try Descriptor.open(
                store.layers + "/" + ImageStore.folder(of: chain), O_RDONLY | O_DIRECTORY)
            try collect(layer, "", &paths)
        }
        return try paths.sorted().compactMap { try file($0, root) }
    }

    private func basePaths() throws -> Set<String> {
        guard let base = image.base, let old = try store.attached(BillOfMaterials.mediaType, to: base),
            let document = old.manifest.layers.first
        else { return [] }
        return Set(
            BillOfMaterials.paths(
                in: try store.read(document.digest, limit: BillOfMaterials.limitBytes)))
    }

    private func collect(
        _ folder: borrowing Descriptor, _ path: String, _ paths: inout Set<String>
    ) throws {
        for name in try Files.names(in: folder.number) {
            guard let status = try Names.status(folder.number, name) else { continue }
            let inner = path + "/" + Names.text(name)
            if status.isFile { paths.insert(inner) }
            if status.isFolder {
                try collect(Names.open(folder.number, name, O_RDONLY | O_DIRECTORY), inner, &paths)
            }
        }
    }

    /// nil for what is no file any more.
    private func file(_ path: String, _ root: Root) throws -> SoftwareFile? {
        guard try root.status(path)?.isFile == true else { return nil }
        let open = try root.open(path, O_RDONLY | O_NONBLOCK)
        var (short, long) = (SHA1(), Hash())
        try Stream.read(open.number, path) { bytes in
            short.update(bytes)
            long.update(bytes)
        }
        return SoftwareFile(path: path, sha1: Hex.encode(short.bytes()), sha256: long.digest().hex)
    }
}
