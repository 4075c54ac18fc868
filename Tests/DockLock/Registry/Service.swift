import Glibc
import Kernel

/// A server that a test starts, on a loopback port of its own choice. It ends with this value, and with the
/// test's process.
final class Service: Sendable {
    /// `127.0.0.1:PORT`
    let address: String
    private let supervisor: pid_t
    /// The writing end of the pipe whose end is the server's.
    private let life: Int32

    /// Starts a command that says `listening on ADDRESS` when it is ready.
    init(_ scratch: Scratch, _ name: String, _ command: String) throws {
        let script = """
            \(command) > >(tee \(name).log | {
                grep -m 1 -o 'listening on [^" ]*' >\(name).ready
                cat >/dev/null
            }) 2>&1 </dev/null &
            server=$!
            cat >/dev/null
            kill -9 $server
            """
        try scratch.sh("mkfifo \(name).ready && cat >\(name).sh <<'END'\n\(script)\nEND")
        var ends: [Int32] = [-1, -1]
        try SystemError.check(pipe2(&ends, O_CLOEXEC), "pipe")
        let reading = Descriptor(ends[0])
        life = ends[1]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, reading.number, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words = [
            strdup("bash"), strdup("-c"), strdup("cd \(scratch.folder) && . ./\(name).sh"), nil,
        ]
        defer { words.forEach { free($0) } }
        var started: pid_t = 0
        let code = posix_spawn(&started, "/bin/bash", &actions, nil, &words, environ)
        guard code == 0 else { throw SystemError("start", code, "bash") }
        supervisor = started
        // Opening the fifo waits for its writer, and reading for the line, or for the end of the server.
        let line = try scratch.sh("timeout 60 cat \(name).ready")
        guard let word = line.split(separator: " ").last, let colon = word.lastIndex(of: ":") else {
            let log = (try? Files.text("\(scratch.folder)/\(name).log")) ?? ""
            throw Scratch.Failed(text: "\(name) did not start: \(log)")
        }
        address = "127.0.0.1:" + word[word.index(after: colon)...].prefix { $0.isNumber }
    }

    deinit {
        close(life)
        var status: Int32 = 0
        while waitpid(supervisor, &status, 0) < 0 && errno == EINTR {}
    }
}

extension Service {
    /// The registry that misbehaves in the way that a repository's name says.
    static func hostile(_ scratch: Scratch, tls: Bool = false, _ folder: String = "served") throws -> Service
    {
        let script = Scratch.top() + "/Tests/Registries/hostile.py"
        let certificate = tls ? " server.pem server.key" : ""
        return try Service(
            scratch, folder + "-server", "exec python3 \(script) \(scratch.folder)/\(folder)\(certificate)")
    }

    /// Debian's docker-registry, with TLS by `makeCertificates` and the user `user` with the password `pass`
    /// where asked.
    static func registry(
        _ scratch: Scratch, _ name: String = "registry", tls: Bool = false, auth: Bool = false
    )
        throws -> Service
    {
        var lines = """
            version: 0.1
            log: {level: info, accesslog: {disabled: true}}
            storage: {filesystem: {rootdirectory: \(scratch.folder)/\(name)-data}, delete: {enabled: true}}
            http:
              addr: 127.0.0.1:0
            """
        if tls {
            lines +=
                "\n  tls: {certificate: \(scratch.folder)/server.pem, key: \(scratch.folder)/server.key}"
        }
        if auth {
            try scratch.sh("htpasswd -Bbn user pass >htpasswd")
            lines += "\nauth: {htpasswd: {realm: here, path: \(scratch.folder)/htpasswd}}"
        }
        try scratch.sh("cat >\(name).yml <<'END'\n\(lines)\nEND")
        return try Service(scratch, name, "exec docker-registry serve \(name).yml")
    }
}
