import ArgumentParser
import Distribution
import Glibc
import Kernel
import Registry

/// `docklock login`
struct Login: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Keep a password for a registry.",
        discussion: """
            Example:
              docklock login -u me --password-stdin registry.example:5000 <secret
            """)

    @OptionGroup var registry: RegistryFlags
    @Option(name: [.short, .long], help: "The user's name.")
    var username: String?
    @Option(name: [.short, .long], help: "The password. Others may see it in the list of processes.")
    var password: String?
    @Flag(name: .customLong("password-stdin"), help: "Read the password from stdin.")
    var passwordStdin = false
    @Argument(help: "HOST[:PORT][/NAMESPACE]; without it, docker.io.")
    var server: String?

    mutating func run() throws {
        let key = try Login.key(server)
        let keyring = try registry.keyring()
        if password != nil {
            Output.complain("WARNING! Using --password via the CLI is insecure. Use --password-stdin.")
        }
        guard password == nil || !passwordStdin else {
            throw Failure(description: "--password and --password-stdin are mutually exclusive")
        }
        guard !passwordStdin || username != nil else {
            throw Failure(description: "Must provide --username with --password-stdin")
        }
        let user = try username ?? Login.ask("Username: ", echoes: true)
        guard !user.isEmpty, !user.contains(":") else {
            throw Failure(description: "a user's name must not be empty, nor hold a colon")
        }
        let secret = try password ?? (passwordStdin ? Login.standardInput() : Login.ask("Password: "))
        guard !secret.isEmpty else { throw Failure(description: "Password Required") }
        let credential = Credential.password(user: user, password: secret)
        let registries = try registry.registries(user + ":" + secret)
        let host = String(key.prefix { $0 != "/" })
        try waiting { try await registries.verify(host) }
        let place = try keyring.store(key, credential)
        if !place.hasPrefix("docker-credential-") {
            Output.complain("WARNING! Your password will be stored unencrypted in \(place).")
        }
        try Output.print("Login Succeeded\n")
    }

    /// The name that a registry, or a namespace in it, has in files of credentials.
    static func key(_ server: String?) throws -> String {
        guard let server else { return "docker.io" }
        var name = server[...]
        var isAddress = false
        for scheme in ["https://", "http://"] where name.hasPrefix(scheme) {
            name = name.dropFirst(scheme.count)
            isAddress = true
        }
        if isAddress { name = name.prefix { $0 != "/" } }
        if ["index.docker.io", "registry-1.docker.io"].contains(name) { name = "docker.io" }
        _ = try Repository.home(of: String(name.prefix { $0 != "/" }), .https)
        return String(name)
    }

    private static func standardInput() throws -> String {
        let bytes = try Descriptor(dup(0)).readAll(limit: 64 << 10, name: "standard input")
        var text = String(decoding: bytes, as: UTF8.self)[...]
        while text.utf8.last == UInt8(ascii: "\n") || text.utf8.last == UInt8(ascii: "\r") {
            text.unicodeScalars.removeLast()
        }
        return String(text)
    }

    /// Asks on the terminal.
    private static func ask(_ question: String, echoes: Bool = false) throws -> String {
        guard isatty(0) == 1 else {
            throw Failure(description: "Cannot perform an interactive login from a non TTY device")
        }
        try Output.print(question)
        var modes = termios()
        tcgetattr(0, &modes)
        let before = modes
        if !echoes {
            modes.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(0, TCSAFLUSH, &modes)
        }
        defer {
            var before = before
            tcsetattr(0, TCSAFLUSH, &before)
        }
        let answer = readLine() ?? ""
        if !echoes { try Output.print("\n") }
        return answer
    }
}

/// `docklock logout`
struct Logout: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "Forget the password for a registry.")

    @Option(name: .customLong("authfile"), help: "The file of credentials.")
    var authFile: String?
    @Argument(help: "HOST[:PORT][/NAMESPACE]; without it, docker.io.")
    var server: String?

    mutating func run() throws {
        let key = try Login.key(server)
        let keyring = Keyring.standard(authFile: try authFile.map(absolute))
        try Output.print(
            try keyring.erase(key)
                ? "Removing login credentials for \(key)\n" : "Not logged in to \(key)\n")
    }
}
