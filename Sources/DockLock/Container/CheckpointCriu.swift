import Criu
import Glibc
import Kernel
import OCI
import Verbs

/// criu at work on a container: where its images and logs are, and what it says when it fails.
final class CheckpointCriu {
    let program: String
    /// The directory of the images.
    private(set) var images: Int32 = -1
    /// Where criu's own files go, or -1: then beside the images.
    private var work: Int32 = -1
    let imagePath: String
    private let workPath: String?
    /// What criu writes its log to.
    private let logFile: String
    private let logPath: String
    private let verb: String

    /// - Parameter makesImages: whether the directory of images is to be made where it is missing.
    init(_ dock: Dock, _ options: CriuOptions, log: String, makesImages: Bool) throws {
        guard let program = dock.criuPath else {
            throw ContainerError("\(dock.criu) is not installed: checkpoint and restore need it")
        }
        guard dock.isPrivileged else { throw ContainerError("checkpoint and restore need root") }
        self.program = program
        logFile = log
        verb = makesImages ? "checkpoint" : "restore"
        logPath = (options.workPath ?? options.imagePath) + "/" + log
        imagePath = options.imagePath
        workPath = options.workPath
        if makesImages { try Files.makeDirectory(imagePath, mode: 0o700) }
        if let workPath { try Files.makeDirectory(workPath, mode: 0o700) }
        try open()
    }

    deinit { hide() }

    private func hide() {
        for number in [images, work] where number >= 0 { close(number) }
        (images, work) = (-1, -1)
    }

    /// Opens the directories; again, in another mount namespace: criu mounts in them, which only a
    /// descriptor of its own namespace allows. There the images may lie elsewhere, its own files never do.
    func open(images other: String? = nil) throws {
        hide()
        images = try Descriptor.open(other ?? imagePath, O_RDONLY | O_DIRECTORY).take()
        if let workPath = workPath ?? other.map({ _ in imagePath }) {
            work = try Descriptor.open(workPath, O_RDONLY | O_DIRECTORY).take()
        }
    }

    /// A request with what checkpoint and restore share.
    func request(_ kind: CriuRequest.Kind, _ options: CriuOptions) -> CriuRequest {
        var request = CriuRequest(kind, images: images, logFile: logFile)
        name(in: &request)
        request.externalUnixSockets = options.externalUnixSockets
        request.tcpEstablished = options.tcpEstablished
        request.shellJob = options.shellJob
        request.fileLocks = options.fileLocks
        request.autoDedup = options.autoDedup
        request.lazyPages = options.lazyPages
        for kind in options.emptyNamespaces {
            request.emptyNamespaces |= UInt32(truncatingIfNeeded: kind.flag)
        }
        request.cgroupMode =
            switch options.manageCgroups {
            case .ignore: .ignore
            case .soft: .soft
            case .full: .full
            case .strict: .strict
            case nil: .standard
            }
        return request
    }

    /// Names the directories by their present descriptors.
    func name(in request: inout CriuRequest) {
        request.images = images
        if work >= 0 { request.work = work }
    }

    /// Starts criu, which waits for its request.
    func start(inherited: [Int32] = []) throws -> CriuProcess {
        // It calls tar and iptables.
        let path = Host.environment("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return try CriuProcess(program: program, inherited: inherited, environment: ["PATH=" + path])
    }

    func run(_ request: CriuRequest, _ follow: (String, Int32, Int32) throws -> Void) throws {
        _ = try talk(try start(), request, follow)
    }

    /// Sends the request and hears criu out.
    /// - Parameter follow: is told of each stage, the restored process's pid, and the descriptor that came
    ///   (or -1), which is closed afterwards.
    /// - Returns: the restored process's pid; zero where nothing was restored.
    func talk(
        _ process: CriuProcess, _ request: CriuRequest, _ follow: (String, Int32, Int32) throws -> Void
    ) throws -> Int32 {
        do {
            try process.send(request)
        } catch {
            // It ended at once; what it has said tells why.
            guard error.code == EPIPE || error.code == ECONNRESET else { throw error }
        }
        while let (reply, descriptor) = try process.receive() {
            defer { if descriptor >= 0 { close(descriptor) } }
            guard reply.kind == .notify else {
                let status = try process.finish()
                // After a pre-dump criu waits for more, and takes the end of the talk for a failure.
                guard reply.success, status == 0 || request.kind == .preDump else {
                    throw failure(process, reply)
                }
                return reply.pid
            }
            do {
                try follow(reply.stage ?? "", reply.pid, descriptor)
            } catch {
                try? process.answer(false)
                _ = try? process.finish()
                throw error
            }
            try process.answer(true)
        }
        _ = try process.finish()
        throw failure(process, nil)
    }

    /// criu's own words: the last errors of its log, or, before it has one, of its standard error.
    private func failure(_ process: CriuProcess, _ reply: CriuReply?) -> ContainerError {
        let log = (try? Files.text(logFile, at: work >= 0 ? work : images)) ?? ""
        var errors = CheckpointCriu.errors(in: log)
        if errors.isEmpty { errors = CheckpointCriu.errors(in: process.complaint) }
        if errors.isEmpty, let message = reply?.message { errors = [message] }
        if errors.isEmpty, let code = reply?.errno, code != 0 { errors = [SystemError.text(code)] }
        if errors.contains(where: { $0.contains("failed when initializing kerndat") }) {
            let release = (try? Files.text("/proc/sys/kernel/osrelease").dropLast()) ?? ""
            return ContainerError(
                "\(verb): this criu does not know this kernel, Linux \(release), and works with older ones"
                    + " or not at all: " + errors.joined(separator: "; "))
        }
        let words = errors.isEmpty ? "it ended without a word" : errors.joined(separator: "; ")
        return ContainerError("\(verb): criu failed: \(words) (its log is \(logPath))")
    }

    /// The last lines of a log that tell of errors.
    private static func errors(in text: String) -> [String] {
        text.split(separator: "\n").filter { $0.contains("Error ") }.suffix(5).map { String($0) }
    }

    /// The configuration file that criu reads for this container: crun's and runc's annotation.
    static func configFile(_ spec: Spec) -> String? {
        spec.annotations.last { $0.key == "org.criu.config" && !$0.value.isEmpty }?.value
    }

    /// What images call a namespace that was joined, and that the restored container joins again: runc's
    /// names. Only of these kinds does criu know such.
    static func key(_ kind: NamespaceKind) -> String? {
        switch kind {
        case .network: "extRootNetNS"
        case .pid: "extRootPidNS"
        default: nil
        }
    }

    /// Tells whoever holds the other end of `number` that lazy pages may be asked for.
    static func report(_ number: Int32) throws {
        let target = Descriptor(number)
        try target.write([0], name: "--status-fd")
    }
}
