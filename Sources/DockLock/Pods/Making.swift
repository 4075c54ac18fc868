import Glibc
import Images
import Kernel
import Manifest
import Pod
import Transfer

extension Vpods {
    /// The image of the containers that hold namespaces: without a file.
    static let image = "localhost/docklock-pause:1"

    /// `create`: a vPod that waits for its first start.
    /// - Parameter volumes: directories of its own, which are made empty.
    public func create(
        _ request: PodRequest, name given: String?, replaces: Bool = false, volumes: [PodVolume] = []
    ) throws -> PodRecord {
        try prepare()
        if let given {
            do throws(PodError) {
                try PodName.check(given)
            } catch {
                throw VpodError("--name: " + error.description)
            }
            if replaces, let old = try? find(given) { try remove(old, force: true, timeout: 0) }
        }
        try sweep()
        var record = PodRecord()
        record.id = try Vpods.freshID()
        record.name = given ?? "vpod-" + record.id.prefix(8)
        record.created = Vpods.now
        record.request = request
        record.volumes = volumes
        record.envelope = PodRecord.envelope(of: record.id)
        record.sharedMemory = request.usesHostIPC ? "/dev/shm" : place(of: record.id) + "/shm"
        // Before its name: a name whose folder is missing counts as one that was left.
        try Files.makeDirectory(folder(of: record.id), mode: 0o711)
        let lock = try hold(record.id)
        defer { withExtendedLifetime(lock) {} }
        do {
            try take(record.name, for: record.id)
            try makeKey(record.id)
            try Files.makeDirectory(folder(of: record.id) + "/volumes", mode: 0o711)
            for volume in volumes where volume.kind == .directory { try make(volume, record.id) }
            try save(record)
            try makeImage()
            let words = request.infraWords(record, program: engine.program, image: Vpods.image)
            record.infra = try engine.create(words, "vPod \(record.name)")
            try save(record)
        } catch {
            try? discard(record)
            throw error
        }
        return record
    }

    private func make(_ volume: PodVolume, _ id: String) throws {
        let path = directory(of: volume, id)
        try Files.makeDirectory(path, mode: 0o777)
        if let group = volume.group, chown(path, 0, group) != 0 { throw SystemError("chown", errno, path) }
        // Whatever the umask: programs of any user write to it.
        guard chmod(path, volume.group == nil ? 0o777 : 0o2777) == 0 else {
            throw SystemError("chmod", errno, path)
        }
    }

    /// Takes a name by symlink(2), so that two vPods never have the same.
    private func take(_ name: String, for id: String) throws {
        guard symlink(id, names + "/" + name) != 0 else { return }
        guard errno == EEXIST else { throw SystemError("symlink", errno, name) }
        let owner = (try? Files.link(names + "/" + name)) ?? ""
        throw VpodError(
            "the name \"\(name)\" is vPod \(owner.prefix(12))'s: remove that one, or use --replace")
    }

    /// Clears what a killed creation has left: folders that nobody finished, names that lead nowhere.
    public func sweep() throws {
        for id in try identifiers() where !Files.exists(folder(of: id) + "/vpod.json") {
            guard let lock = try? hold(id, waits: false) else { continue }
            if !Files.exists(folder(of: id) + "/vpod.json") { try Trees.remove(folder(of: id)) }
            withExtendedLifetime(lock) {}
        }
        for name in (try? Files.list(names)) ?? [] {
            guard let id = try? Files.link(names + "/" + name), !Files.exists(folder(of: id)) else {
                continue
            }
            try Files.remove(names + "/" + name)
        }
    }

    /// Makes the image, once.
    private func makeImage() throws {
        let store = ImageStore(data)
        if (try? store.runnable(Vpods.image)) != nil { return }
        var options = ImportOptions(created: Vpods.now, source: "docklock")
        options.reference = try Reference(Vpods.image).tagged
        // An archive that ends at once.
        let empty = try Memory.file("empty", [UInt8](repeating: 0, count: 1024))
        _ = try store.importTree(from: empty.number, options)
    }
}

extension String {
    var trimmed: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
