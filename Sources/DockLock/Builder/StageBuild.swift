import Containerfile
import Digest
import Glibc
import Hash
import Images
import Kernel
import Layers
import Manifest
import Transfer

/// A stage as far as it is made.
struct StageImage {
    /// What all that was done so far is known by.
    var key: Digest
    var config: ImageConfig
    var layers: [ContentDescriptor]
    /// Diff ids of the layers that `COPY` and `ADD` made.
    var copied: [Digest] = []
    /// The manifest of the stored image that it began with.
    var base: Digest?
}

/// Makes one stage.
struct StageBuild {
    let store: ImageStore
    let request: BuildRequest
    let workshop: Workshop
    let cache: StepCache
    /// RFC 3339: when new steps say they were made.
    let created: String
    /// Where a `COPY --from` copies from; nil for the context.
    let source: (_ from: String?) throws -> CopySource
    let tell: (String) throws -> Void

    private(set) var image: StageImage
    private var state: StageState

    init(
        _ store: ImageStore, _ request: BuildRequest, _ workshop: Workshop, _ image: StageImage,
        _ state: StageState, created: String, source: @escaping (String?) throws -> CopySource,
        tell: @escaping (String) throws -> Void
    ) {
        self.store = store
        self.request = request
        self.workshop = workshop
        cache = StepCache(folder: workshop.cache, store: store)
        self.image = image
        self.state = state
        self.created = created
        self.source = source
        self.tell = tell
    }

    /// Carries out one instruction.
    mutating func take(_ instruction: Instruction) throws {
        let work = try state.take(instruction)
        if case .arg = instruction.body { return }
        image.config.run = state.run
        do {
            switch work {
            case .nothing: try configure(instruction)
            case .folder(let path): try makeFolder(path, instruction)
            case .copy(let copy): try self.copy(copy, instruction)
            case .run(let run): try self.run(run, instruction)
            }
        } catch {
            let status = (error as? BuildError)?.status ?? 1
            throw BuildError("line \(instruction.line): \(instruction.name): \(error)", status: status)
        }
    }

    mutating func label(_ labels: [Pair]) {
        state.label(labels)
        image.config.run = state.run
    }

    // MARK: Steps

    /// A step that changes the configuration alone.
    private mutating func configure(_ instruction: Instruction) throws {
        // What it says may hang on variables.
        let key = StepCache.key(image.key, [instruction.text, settings])
        if try take(found: key, instruction) { return }
        try finish(StepResult(created: created), key, instruction)
    }

    private mutating func makeFolder(_ path: String, _ instruction: Instruction) throws {
        try changeTree(instruction) { tree, _ in
            try tree.root.makeFolders(path, owner: Owner())
        }
    }

    private mutating func copy(_ work: CopyWork, _ instruction: Instruction) throws {
        let source = try source(work.from)
        try changeTree(instruction) { tree, folder in
            try CopyStep(work: work, source: source, target: tree.root, folder: folder).perform()
            return true
        }
        if let layer = image.config.diffIDs.last { image.copied.append(layer) }
    }

    private mutating func run(_ work: RunWork, _ instruction: Instruction) throws {
        let network = (work.network ?? request.network).rawValue
        let key = StepCache.key(
            image.key,
            [instruction.text, network, epoch] + work.arguments + ["in"] + work.environment)
        if try take(found: key, instruction) { return }
        let step = RunStep(
            work: work, store: store, request: request, config: image.config, layers: image.layers,
            container: workshop.container, folder: try workshop.folder())
        var layer: StepLayer?
        try step.perform { upper in layer = try pack(upper) }
        try finish(StepResult(created: created, layer: layer), key, instruction)
    }

    /// A step that puts something into the tree, known by what it put there. `change` says whether it did
    /// something; where it did not, there is no layer.
    private mutating func changeTree(
        _ instruction: Instruction, _ change: (MergedTree, _ folder: String) throws -> Bool
    ) throws {
        let folder = try workshop.folder()
        defer { try? Trees.remove(folder) }
        let layers = try store.rootfs(of: image.config)
        var upper: String?
        do {
            let tree = try MergedTree(store, layers: layers, in: folder, isWritable: true)
            let own = folder + "/own"
            try Files.makeDirectory(own)
            if try change(tree, own) { upper = tree.upper }
        }
        guard let upper else {
            let key = StepCache.key(image.key, [instruction.text, settings])
            if try take(found: key, instruction) { return }
            return try finish(StepResult(created: created), key, instruction)
        }
        // Times say nothing of a content, unless they are told to.
        var content = Hash()
        try Layers.pack(upper, as: .layer(LocalArchive.privilege), timeMax: request.timeMax ?? 0) {
            content.update($0)
        }
        let key = StepCache.key(
            image.key, [instruction.text, settings, epoch, content.digest().description])
        if try take(found: key, instruction) { return }
        try finish(StepResult(created: created, layer: try pack(upper)), key, instruction)
    }

    private var settings: String { String(decoding: image.config.run.node.encoded(), as: UTF8.self) }

    private var epoch: String { request.timeMax.map { String($0) } ?? "" }

    /// Stores an upper directory as a layer.
    private func pack(_ upper: String) throws -> StepLayer {
        let incoming = try Incoming(store)
        try Layers.pack(upper, as: .layer(LocalArchive.privilege), timeMax: request.timeMax) {
            try incoming.append($0)
        }
        let size = incoming.size
        return StepLayer(digest: try incoming.finish(), size: size)
    }

    // MARK: Results

    /// Takes what an earlier build made, if it is there.
    private mutating func take(found key: Digest, _ instruction: Instruction) throws -> Bool {
        guard request.usesCache, let result = cache.find(key, on: image.config.diffIDs) else { return false }
        try tell("--> Using cache \(key.hex.prefix(12))\n")
        try add(result, key, instruction)
        return true
    }

    private mutating func finish(
        _ result: StepResult, _ key: Digest, _ instruction: Instruction
    ) throws {
        if let layer = result.layer {
            let chain = ChainID.all(of: image.config.diffIDs + [layer.digest]) { Hash.digest($0) }
            let known = Layer(digest: layer.digest, size: layer.size, diffID: layer.digest)
            try store.unpack(known, of: chain[chain.count - 1])
        }
        // Only a hint, which another build may be writing at this moment.
        try? cache.keep(key, result)
        try tell("--> \(key.hex.prefix(12))\n")
        try add(result, key, instruction)
    }

    private mutating func add(
        _ result: StepResult, _ key: Digest, _ instruction: Instruction
    ) throws {
        image.key = key
        image.config.created = result.created
        if let layer = result.layer {
            image.config.diffIDs.append(layer.digest)
            image.layers.append(
                .init(mediaType: MediaType.layer, digest: layer.digest, size: layer.size))
        }
        image.config.history.append(
            .init(
                created: result.created, createdBy: instruction.text, isEmptyLayer: result.layer == nil))
    }
}
