import Containerfile
import Digest
import Format
import Glibc
import Hash
import Images
import Kernel
import Manifest
import SBOM
import Transfer

/// Makes images of Containerfiles.
public enum Building {
    /// Builds an image and gives it its names. `tell` takes what a person reads meanwhile, whole lines;
    /// `warn` what he should know. This process gets mounts of its own, which it keeps: a program does
    /// nothing but this afterwards.
    /// - Returns: the image's id.
    public static func build(
        _ request: BuildRequest, in store: ImageStore, tell: @escaping (String) throws -> Void,
        warn: (String) -> Void
    ) throws -> Digest {
        if let timeMax = request.timeMax, timeMax < 0 || timeMax > request.now {
            throw BuildError("the time \(timeMax) is not between 1970 and now")
        }
        let root = try Root(request.context, name: "the context/")
        let files = ContextFiles(request, root)
        let file = try files.containerfile()
        let context = CopySource(root: root, ignored: try files.ignored(), name: "the context")
        for name in request.arguments.unused(in: file) {
            warn("no ARG takes --build-arg \(name)")
        }
        try MergedTree.isolate()
        let lease = try store.lease()
        defer { withExtendedLifetime(lease) {} }
        let stages = try Stages(store, request, file, context, tell: tell)
        defer { stages.release() }
        let image = try stages.build()
        try request.references.forEach { try tell("COMMIT \($0.familiar)\n") }
        let id = try store.add(
            config: image.config.encoded(), layers: image.layers, as: request.references)
        try Bill(store: store, request: request, image: image, id: id).attach(in: try stages.folder())
        try stages.sweep()
        return id
    }
}

/// The stages of a Containerfile: those that the wanted one needs, in their order.
final class Stages {
    private let store: ImageStore
    private let request: BuildRequest
    private let file: Containerfile
    private let globals: GlobalArguments
    private let context: CopySource
    private let workshop: Workshop
    private let tell: (String) throws -> Void
    private let created: String
    private var done: [Int: StageImage] = [:]
    /// Trees that `COPY --from` copies from, by their names.
    private var trees: [String: MergedTree] = [:]

    init(
        _ store: ImageStore, _ request: BuildRequest, _ file: Containerfile, _ context: CopySource,
        tell: @escaping (String) throws -> Void
    ) throws {
        self.store = store
        self.request = request
        self.file = file
        self.context = context
        self.tell = tell
        globals = try GlobalArguments(file, request.arguments)
        workshop = try Workshop(store) { StepContainer(of: $0).remove(request, store) }
        created = Moment(seconds: request.timeMax ?? request.now).description
    }

    func folder() throws -> String { try workshop.folder() }

    /// Lets go of what is mounted, which nobody can remove before.
    func release() {
        for tree in trees.values { tree.unmount() }
        trees = [:]
    }

    /// What later builds can use stays; what no later build can use goes.
    func sweep() throws {
        try StepCache(folder: workshop.cache, store: store).sweep()
    }

    func build() throws -> StageImage {
        let target = try wanted()
        let needed = try needed(by: target)
        for index in needed.sorted() {
            let place = needed.count > 1 ? "[\(index + 1)/\(target + 1)] " : ""
            done[index] = try build(index, place: place, labels: index == target ? request.labels : [])
        }
        guard let image = done[target] else { throw BuildError("the stage was not built") }
        return image
    }

    private func wanted() throws -> Int {
        guard let name = request.target else { return file.stages.count - 1 }
        guard let index = file.stage(name, before: file.stages.count) else {
            throw BuildError("--target=\(name): there is no such stage")
        }
        return index
    }

    /// The stages that one is made of; all before it where a variable hides which.
    private func needed(by target: Int) throws -> Set<Int> {
        var needed: Set<Int> = []
        var open = [target]
        while let index = open.popLast() {
            guard needed.insert(index).inserted else { continue }
            let stage = file.stages[index]
            if let base = file.stage(try globals.base(of: stage), before: index) { open.append(base) }
            for instruction in stage.instructions {
                guard case .copy(let copy) = instruction.body, let from = copy.from else { continue }
                if from.contains("$") {
                    open += Array(0..<index)
                } else if let other = file.stage(from, before: index) {
                    open.append(other)
                }
            }
        }
        return needed
    }

    private func build(_ index: Int, place: String, labels: [Pair]) throws -> StageImage {
        let stage = file.stages[index]
        let count = stage.instructions.count + 1
        try tell("\(place)STEP 1/\(count): \(stage.text)\n")
        let base = try base(of: stage, before: index)
        let state = StageState(base.config.run, file, request.arguments, globals)
        var build = StageBuild(
            store, request, workshop, base, state, created: created,
            source: { [self] from in try source(from, before: index) }, tell: tell)
        for (number, instruction) in stage.instructions.enumerated() {
            let text = instruction.text.split(separator: "\n").joined(separator: " ")
            try tell("\(place)STEP \(number + 2)/\(count): \(text)\n")
            try build.take(instruction)
        }
        build.label(labels)
        var image = build.image
        if image.config.created == nil { image.config.created = created }
        return image
    }

    /// What a stage begins with: nothing, an earlier stage, or a stored image.
    private func base(of stage: Containerfile.Stage, before index: Int) throws -> StageImage {
        let name = try globals.base(of: stage)
        if name == "scratch" {
            return StageImage(
                key: Hash.digest(Array("scratch".utf8)), config: ImageConfig(platform: .host), layers: [])
        }
        if let earlier = file.stage(name, before: index) {
            guard let image = done[earlier] else { throw BuildError("the stage \(name) was not built") }
            return image
        }
        let found: RunnableImage
        do {
            found = try stored(name)
        } catch {
            throw BuildError("line \(stage.line): FROM: \(error)")
        }
        guard found.config.run.onBuild.isEmpty else {
            throw BuildError(
                "line \(stage.line): FROM: \(name) has ONBUILD triggers, which are not obeyed here")
        }
        return StageImage(
            key: found.image.id, config: found.config,
            layers: try store.manifest(found.image.manifest.digest).layers,
            base: found.image.manifest.digest)
    }

    /// An image by its name or its id. Of an id no short beginning is taken: it is likelier a stage's name
    /// that was mistyped.
    private func stored(_ name: String) throws -> RunnableImage {
        let found: RunnableImage
        do {
            if request.isFresh { try request.obtain?(name) }
            found = try store.runnable(name)
        } catch let error as ImageError where error.kind == .absent {
            // Why it was not brought has been said.
            guard let obtain = request.obtain, (try? obtain(name)) != nil else { throw error }
            found = try store.runnable(name)
        }
        let reference = try? Reference(name).tagged
        guard name.utf8.count >= 12 || found.image.references.contains(where: { $0 == reference }) else {
            throw ImageError(.absent, "No such image: \(name)")
        }
        return found
    }

    /// Where `COPY` takes from.
    private func source(_ from: String?, before index: Int) throws -> CopySource {
        guard let from else { return context }
        let layers: [String]
        let name: String
        if let stage = file.stage(from, before: index) {
            guard let image = done[stage] else { throw BuildError("the stage \(from) was not built") }
            name = "stage \(stage)"
            layers = try store.rootfs(of: image.config)
        } else {
            name = "image \(from)"
            layers = try stored(from).layers
        }
        let tree = try trees[name] ?? MergedTree(store, layers: layers, in: folder(), isWritable: false)
        trees[name] = tree
        return CopySource(root: tree.root, isImage: true, name: name)
    }
}
