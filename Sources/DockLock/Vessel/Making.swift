import Glibc
import Images
import Keeper
import Kernel
import Manifest
import OCI
import Request
import Upkeep
import Verbs

extension Vessels {
    /// `create`: makes a container of an image, which then waits for its first start.
    func make(_ asked: ContainerRequest, environment: [Setting]) throws -> (Vessel, Keeping) {
        try places.prepare()
        guard !asked.isRootDirectory else { throw VesselError("--rootfs: use --bundle for a directory") }
        let berth = try asked.pod.map { try self.berth($0) }
        let asked = try berth.map { try $0.taking(asked) } ?? asked
        // Until the container's own record keeps the image and its layers.
        let lease = try images.lease()
        defer { withExtendedLifetime(lease) {} }
        let image = try self.image(of: asked)
        let configuration = ImageConfiguration(image.config.run)
        let id = try Vessels.freshID()
        let folder = places.containers + "/" + id
        if asked.replacesNamed, let name = asked.name, has(name) { try remove(find(name), force: true) }
        // Before its name: a name whose folder is missing counts as one that a killed removal left.
        try Files.makeDirectory(folder, mode: 0o711)
        let making = try Vessels.hold(folder)
        defer { withExtendedLifetime(making) {} }
        var name = ""
        do {
            if let given = asked.name {
                try take(given, for: id)
                name = given
            } else {
                name = try takeAny(for: id)
            }
            var request = try asked.completed(by: configuration).takingFiles()
            let volumes = try prepareVolumes(
                request, layers: image.layers.map { images.layers + "/" + $0 })
            request = volumes.request
            var record = VesselRecord()
            record.id = id
            record.name = name
            record.created = Moment(Vessels.now).text
            record.image = image.image.id.description
            record.imageName = asked.image
            record.layers = image.layers
            record.ownVolumes = volumes.own
            try record.takeNetworks(request)
            record.joins = try joined(request)
            try makeSkeleton(folder)
            try makeBindSources(request)
            var premises = try self.premises(
                id, folder, request, layers: image.layers, environment: environment)
            premises.volumes = volumes.directories
            premises.sharedMemory = berth?.sharedMemory
            let made = try Configuration(request, image: configuration, premises: premises)
            record.hostname = premises.hostname ?? ""
            record.command = try made.arguments()
            try Files.replace(folder + "/config.json", with: try made.encoded())
            let keeping = try self.keeping(request, record, folder)
            try Files.replace(folder + "/keeping.json", with: keeping.node.encoded())
            // Last: a folder without it is one that nobody finished.
            try Files.replace(folder + "/container.json", with: record.node.encoded())
            if let path = request.cidFile { try write(id, new: path) }
            Keeper.append("create", keeping, Moment(Vessels.now))
            return (Vessel(record: record, folder: folder, state: nil), keeping)
        } catch {
            if !name.isEmpty { try? Files.remove(places.names + "/" + name) }
            try? Trees.remove(folder)
            throw error
        }
    }

    static var now: Int64 {
        let now = Host.now()
        return now.seconds * 1_000_000_000 + now.nanoseconds
    }

    /// The directories of the overlay, and the files that the container sees as its own.
    private func makeSkeleton(_ folder: String) throws {
        for name in ["rootfs", "upper"] { try Files.makeDirectory(folder + "/" + name, mode: 0o755) }
        try Files.makeDirectory(folder + "/work", mode: 0o700)
        for name in ["hosts", "resolv.conf", "hostname"] {
            let file = try Descriptor.open(
                folder + "/" + name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644)
            _ = fchmod(file.number, 0o644)
        }
    }

    /// `-v` makes a missing directory of the host's.
    private func makeBindSources(_ request: ContainerRequest) throws {
        for mount in request.mounts where mount.makesSource {
            guard case .bind(let path) = mount.source, !Files.exists(path) else { continue }
            try Files.makeDirectories(path)
        }
    }

    private func write(_ id: String, new path: String) throws {
        do {
            try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644).write(id, name: path)
        } catch {
            guard error.code == EEXIST else { throw error }
            throw VesselError("--cidfile: \(path) is there already")
        }
    }

    private func keeping(
        _ request: ContainerRequest, _ record: VesselRecord, _ folder: String
    ) throws -> Keeping {
        var keeping = Keeping()
        keeping.id = record.id
        keeping.name = record.name
        keeping.image = record.imageName
        keeping.folder = folder
        keeping.nameLink = places.names + "/" + record.name
        keeping.stateRoot = places.stateRoot
        keeping.socketRoot = places.socketRoot
        keeping.events = places.events
        keeping.tty = request.hasTerminal
        keeping.openStdin = request.isInteractive
        keeping.stdinOnce = request.isInteractive
        keeping.removes = request.removesAtEnd
        keeping.stopSignal = request.stopSignal ?? SIGTERM
        keeping.stopTimeout = Int64(request.stopTimeout ?? 10)
        keeping.restart = request.restart.kept
        keeping.log = try request.log(in: folder)
        keeping.health = request.health.check
        return keeping
    }
}

extension ContainerRequest {
    /// With what the files of `--env-file` and `--label-file` say; flags come after files.
    func takingFiles() throws -> ContainerRequest {
        var request = self
        var entries: [EnvironmentEntry] = []
        for path in environmentFiles {
            entries += try EnvironmentEntry.read(file: path, Files.readRegular(path, limit: 1 << 20))
        }
        request.environment = entries + environment
        var labels: [Setting] = []
        for path in labelFiles {
            labels += try Setting.read(labelFile: path, Files.readRegular(path, limit: 1 << 20))
        }
        request.labels = labels + self.labels
        return request
    }

    func log(in folder: String) throws -> LogOptions {
        var log = LogOptions()
        log.path = folder + "/log"
        switch logDriver {
        case nil, "json-file": log.driver = .jsonFile
        case "k8s-file": log.driver = .k8sFile
        case "none": log.driver = .none
        case let name?:
            throw VesselError("--log-driver: \"\(name)\" is none of json-file, k8s-file and none")
        }
        for option in logOptions {
            switch option.name {
            case "max-size":
                guard let size = Quantity.size(option.value), size > 0 else {
                    throw VesselError("--log-opt: max-size: \"\(option.value)\" is no size")
                }
                log.maxSize = size
            case "max-file":
                guard let count = Int64(option.value), count > 0 else {
                    throw VesselError("--log-opt: max-file: \"\(option.value)\" is no number")
                }
                log.maxFiles = count
            default: throw VesselError("--log-opt: there is no option \"\(option.name)\"")
            }
        }
        return log
    }
}

extension Request.RestartPolicy {
    var kept: Upkeep.RestartPolicy {
        switch self {
        case .no: Upkeep.RestartPolicy(.no)
        case .always: Upkeep.RestartPolicy(.always)
        case .unlessStopped: Upkeep.RestartPolicy(.unlessStopped)
        case .onFailure(let most): Upkeep.RestartPolicy(.onFailure, most: Int64(most ?? 0))
        }
    }
}

extension HealthRequest {
    /// nil where there is nothing to run.
    var check: HealthCheck? {
        guard !isOff, let test, let form = test.first, test.count > 1 else { return nil }
        var check = HealthCheck(
            command: form == "CMD-SHELL" ? ["/bin/sh", "-c", test[1]] : Array(test.dropFirst()))
        if let interval, interval > 0 { check.interval = interval }
        if let timeout, timeout > 0 { check.timeout = timeout }
        if let startPeriod { check.startPeriod = startPeriod }
        if let startInterval, startInterval > 0 { check.startInterval = startInterval }
        if let retries, retries > 0 { check.retries = Int64(retries) }
        check.action = HealthCheck.Action(rawValue: onFailure.rawValue) ?? .none
        return check
    }
}
