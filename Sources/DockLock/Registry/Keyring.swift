import Distribution
import Glibc
import Kernel

/// Where passwords for registries are kept: files as podman and docker have them, and the helpers that these
/// name.
public struct Keyring: Sendable {
    /// What was given on the command line, for the registry of the name beside it; mirrors get none of it.
    public var given: Credential?
    /// Files that are read, the first that knows a registry counts.
    public var files: [String]
    /// The file that a login is written to.
    public var written: String

    public init(files: [String], written: String) {
        self.files = files
        self.written = written
    }

    /// The files of who runs this (containers-auth.json(5)): `--authfile`, `REGISTRY_AUTH_FILE`, or the
    /// user's own.
    public static func standard(authFile: String?) -> Keyring {
        if let file = authFile ?? Host.environment("REGISTRY_AUTH_FILE"), !file.isEmpty {
            return Keyring(files: [file], written: file)
        }
        let home = Host.environment("HOME") ?? "/"
        let runtime = Host.environment("XDG_RUNTIME_DIR").map { $0 + "/containers/auth.json" }
        let written = runtime ?? "/run/containers/\(Host.uid)/auth.json"
        let config = Host.environment("XDG_CONFIG_HOME") ?? home + "/.config"
        let docker = Host.environment("DOCKER_CONFIG") ?? home + "/.docker"
        return Keyring(
            files: [written, config + "/containers/auth.json", docker + "/config.json"], written: written)
    }

    /// What is to be used for a repository, or for the registry itself; nil for anybody.
    func find(registry: String, repository: String?) throws -> Credential? {
        if let given { return given }
        for path in files {
            guard let file = try Self.read(path) else { continue }
            switch try file.find(registry: registry, repository: repository) {
            case nil: continue
            case .credential(let credential): return credential
            case .helper(let name, let server):
                if let credential = try Helper.get(name, server) { return credential }
            }
        }
        return nil
    }

    /// Notes a password for a registry or a namespace in it; says in which file or helper.
    public func store(_ key: String, _ credential: Credential) throws -> String {
        if let (name, server) = try Self.read(written)?.keeper(of: key) {
            try Helper.store(name, server, credential)
            return "docker-credential-\(name)"
        }
        try change { $0.set(key, credential) }
        return written
    }

    /// Forgets what is known of a registry; false where nothing was.
    public func erase(_ key: String) throws -> Bool {
        if let (name, server) = try Self.read(written)?.keeper(of: key) {
            try Helper.erase(name, server)
            return true
        }
        var wasThere = false
        guard Files.exists(written) else { return false }
        try change { wasThere = $0.set(key, nil) }
        return wasThere
    }

    private func change(_ edit: (inout CredentialFile) -> Void) throws {
        let folder = written.lastIndex(of: "/").map { String(written[..<$0]) } ?? "."
        try Files.makeDirectories(folder.isEmpty ? "/" : folder, mode: 0o700)
        var file = try Self.read(written) ?? CredentialFile(name: written)
        edit(&file)
        try Files.replace(written, with: file.encoded, mode: 0o600)
    }

    private static func read(_ path: String) throws -> CredentialFile? {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.readRegular(path, limit: CredentialFile.limitBytes)
        } catch {
            guard error.code == ENOENT || error.code == ENOTDIR else { throw error }
            return nil
        }
        return bytes.isEmpty ? nil : try CredentialFile(bytes, name: path)
    }
}

/// A program that keeps passwords, `docker-credential-NAME`, found by PATH.
private enum Helper {
    static func get(_ name: String, _ server: String) throws -> Credential? {
        let (status, output) = try run(name, "get", Array(server.utf8))
        if status == 0 { return try HelperAnswer.decode(output, helper: name) }
        if HelperAnswer.isAbsent(output) { return nil }
        throw failure(name, "get", status)
    }

    static func store(_ name: String, _ server: String, _ credential: Credential) throws {
        let (status, _) = try run(name, "store", HelperAnswer.encode(credential, server: server))
        if status != 0 { throw failure(name, "store", status) }
    }

    static func erase(_ name: String, _ server: String) throws {
        let (status, _) = try run(name, "erase", Array(server.utf8))
        if status != 0 { throw failure(name, "erase", status) }
    }

    private static func failure(_ name: String, _ verb: String, _ status: Int32) -> RegistryError {
        RegistryError(.denied, "docker-credential-\(name) \(verb) failed with the status \(status)")
    }

    /// Runs it with that input; its exit status, and what it printed.
    private static func run(_ name: String, _ verb: String, _ bytes: [UInt8]) throws -> (Int32, [UInt8]) {
        let program = "docker-credential-" + name
        var ends: [Int32] = [-1, -1]
        // No pipe: a helper that does not read its input would end this process by SIGPIPE.
        try SystemError.check(
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0, &ends), "socketpair")
        let input = Descriptor(ends[0])
        let theirInput = Descriptor(ends[1])
        try SystemError.check(pipe2(&ends, O_CLOEXEC), "pipe")
        let output = Descriptor(ends[0])
        let theirOutput = Descriptor(ends[1])
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, theirInput.number, 0)
        posix_spawn_file_actions_adddup2(&actions, theirOutput.number, 1)
        var words = [strdup(program), strdup(verb), nil]
        defer { words.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, program, &actions, nil, &words, environ)
        guard code == 0 else { throw SystemError("start", code, program) }
        _ = consume theirInput
        _ = consume theirOutput
        // A name or a password: less than a socket holds.
        _ = send(input.number, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        _ = consume input
        let answer = try? output.readAll(limit: HelperAnswer.limitBytes, name: program)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        guard let answer else {
            throw RegistryError(.denied, "\(program): the answer cannot be read")
        }
        return (status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f), answer)
    }
}
