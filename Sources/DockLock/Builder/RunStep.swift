import Containerfile
import Digest
import Glibc
import Hash
import Images
import JSON
import Kernel
import Manifest
import Transfer

/// Carries out `RUN`: a container of the image so far, made and run by the static program.
struct RunStep {
    let work: RunWork
    let store: ImageStore
    let request: BuildRequest
    /// The image so far.
    let config: ImageConfig
    let layers: [ContentDescriptor]
    let container: StepContainer
    /// An empty folder.
    let folder: String

    /// Runs it, and gives `use` the directory of what it changed, before all of it goes.
    func perform(_ use: (_ upper: String) throws -> Void) throws {
        guard !work.arguments.isEmpty else { throw BuildError("RUN wants a command") }
        let id = try image()
        try container.keep(id)
        defer { container.remove(request, store) }
        let network = work.network ?? request.network
        var words = ["run", "--name", container.name]
        if network != .standard { words += ["--network", network.rawValue] }
        let log = folder + "/output"
        var isInterrupted = false
        let status = try Program.run(
            request.program, request.verb(words + [id.hex], store),
            output: request.isQuiet ? .file(log) : .ours
        ) {
            isInterrupted = true
            let kill = request.verb(["kill", "--signal", "KILL", container.name], store)
            _ = try? Program.run(request.program, kill, output: .nothing)
        }
        guard !isInterrupted else { throw BuildError("interrupted", status: 130) }
        guard status == 0 else {
            let said = request.isQuiet ? (try? Files.text(log)) ?? "" : ""
            throw BuildError(said + "the command ended with status \(status)", status: status)
        }
        let made = try store.container(container.name)
        let below = try MergedTree(store, layers: store.rootfs(of: config), in: folder, isWritable: false)
        try MountPoints(upper: made.upper, below: below.root).remove(of: made.path)
        try use(made.upper)
    }

    /// An image without a name whose command is the step. Nothing else of the configuration applies to it.
    private func image() throws -> Digest {
        var config = config
        var run = Execution()
        run.user = self.config.run.user
        run.workingDir = self.config.run.workingDir
        run.env = work.environment + work.proxies
        run.cmd = work.arguments
        // Told from every other build's, which may withdraw its own at any time.
        run.labels = [Pair("io.docklock.build", folder)]
        config.run = run
        return try store.add(config: config.encoded(), layers: layers, as: [])
    }
}

/// Where a container's mounts were: what the runtime made for them is no change of the step's.
struct MountPoints {
    let upper: String
    let below: Root

    func remove(of bundle: String) throws {
        let bytes = try Files.read(bundle + "/config.json")
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(bytes)
        } catch {
            throw BuildError("\(bundle)/config.json: \(error)")
        }
        var paths: Set<String> = []
        for mount in json["mounts"].map({ Array($0.elements) }) ?? [] {
            var path = ""
            for step in (mount["destination"]?.string ?? "").split(separator: "/") {
                path += "/" + step
                paths.insert(path)
            }
        }
        let root = try Root(upper, name: "")
        // What lies in a folder before the folder.
        for path in paths.sorted(by: >) { try remove(path, root) }
    }

    /// Removes what is empty and either was not there before or is as it was.
    private func remove(_ path: String, _ root: Root) throws {
        let (folder, name) = CopyStep.split(path)
        guard let parent = try? root.open(folder, O_PATH | O_DIRECTORY),
            let status = try Names.status(parent.number, Names.name(name))
        else { return }
        let old = try below.status(path)
        if status.isFolder {
            if let old,
                old.st_mode != status.st_mode || old.st_uid != status.st_uid || old.st_gid != status.st_gid
            {
                return
            }
            if unlinkat(parent.number, name, AT_REMOVEDIR) == 0 || errno == ENOTEMPTY { return }
            throw SystemError("rmdir", errno, path)
        }
        guard status.isFile, status.st_size == 0, old == nil else { return }
        try SystemError.check(unlinkat(parent.number, name, 0), "unlink", path)
    }
}
