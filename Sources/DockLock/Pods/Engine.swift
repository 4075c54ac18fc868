import Glibc
import JSON
import Kernel
import Pod
import Upkeep

/// The static program, which makes and handles the containers.
struct Engine: Sendable {
    let program: String
    let data: String
    let stateRoot: String

    /// The flags before a verb.
    var places: [String] { ["--data-root", data, "--root", stateRoot] }

    struct Outcome {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Runs a verb to its end and keeps what it says.
    func ask(_ words: [String]) throws -> Outcome {
        let output = try Memory.file("output", [], isSealed: false)
        let errors = try Memory.file("errors", [], isSealed: false)
        let pid = try start(words, output: output.number, errors: errors.number)
        let status = try Processes.collect(pid)
        return Outcome(
            status: status, output: try Engine.text(output), errors: Engine.plain(try Engine.text(errors)))
    }

    /// The same for a verb that must not fail: what it prints.
    @discardableResult
    func require(_ words: [String], _ what: String) throws -> String {
        let outcome = try ask(words)
        guard outcome.status == 0 else {
            throw VpodError(
                "\(what): " + (outcome.errors.isEmpty ? "status \(outcome.status)" : outcome.errors))
        }
        return outcome.output
    }

    /// The id of a container that is made; an image that is pulled for it may say more before.
    func create(_ words: [String], _ what: String) throws -> String {
        let lines = try require(words, what).split(separator: "\n")
        guard let id = lines.last, id.utf8.count == 64 else { throw VpodError("\(what): there is no id") }
        return String(id)
    }

    /// Starts a verb; without descriptors it has those of the caller.
    func start(_ words: [String], output: Int32? = nil, errors: Int32? = nil) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        if let output { posix_spawn_file_actions_adddup2(&actions, output, 1) }
        if let errors { posix_spawn_file_actions_adddup2(&actions, errors, 2) }
        var arguments = ([program] + places + words).map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, nil, &arguments, environ)
        guard code == 0 else { throw SystemError("start", code, program) }
        return pid
    }

    private static func text(_ file: borrowing Descriptor) throws -> String {
        try SystemError.check(lseek(file.number, 0, SEEK_SET), "lseek")
        return String(decoding: try file.readAll(), as: UTF8.self)
    }

    /// A complaint without the program's name and the last line's end.
    private static func plain(_ text: String) -> String {
        let lines = text.split(separator: "\n").map {
            $0.hasPrefix("docklock: ") ? String($0.dropFirst("docklock: ".count)) : String($0)
        }
        return lines.joined(separator: "; ")
    }

    /// A container of a vPod.
    struct Member {
        var id: String
        var name: String
        var image: String
        /// created, running, paused, restarting or exited.
        var state: String
        /// As people read it: `Up 3 minutes (healthy)`.
        var status: String
        var role: PodRole
        var createdAt: String
        /// What its checks say: starting, healthy or unhealthy, of each that there is.
        var checks: [String]

        var isRunning: Bool { state == "running" || state == "paused" }
        var isAlive: Bool { isRunning || state == "restarting" }
    }

    private static func checks(_ folder: String) -> [String] {
        guard let bytes = try? Files.read(folder + "/state.json", limit: 1 << 20),
            let state = try? KeptState(decoding: bytes)
        else { return [] }
        return [state.health, state.readiness].compactMap { node in
            guard case .object(let members)? = node,
                case .string(let text)? = members.first(where: { $0.key == "Status" })?.value
            else { return nil }
            return text
        }
    }

    /// The containers of a vPod, as they were made.
    func members(of id: String) throws -> [Member] {
        let words = ["ps", "-a", "--no-trunc", "--filter", "pod=" + id, "--format", "json"]
        let text = try require(words, "ps")
        var members: [Member] = []
        for line in text.split(separator: "\n") {
            let json = try JSON.parse(Array(line.utf8))
            func text(_ key: String) -> String { json[key: key]?.string ?? "" }
            let folder = data + "/containers/" + text("ID")
            // Not of the line, in which the values of labels are not told apart. It may have gone since.
            guard let bytes = try? Files.read(folder + "/container.json", limit: 1 << 20) else { continue }
            let role = try JSON.parse(bytes)["labels"]?[key: PodRecord.roleLabel]?.string
            members.append(
                Member(
                    id: text("ID"), name: text("Names"), image: text("Image"), state: text("State"),
                    status: text("Status"), role: role.flatMap { PodRole(rawValue: $0) } ?? .main,
                    createdAt: text("CreatedAt"), checks: Engine.checks(folder)))
        }
        return members.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }
}
