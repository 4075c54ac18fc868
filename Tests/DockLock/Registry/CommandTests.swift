import Digest
import Kernel
import Manifest
import Registry
import Testing

/// The verbs, from outside: what they print, and their exit statuses.
@Suite struct CommandTests {
    /// A registry with TLS and a password, `app:1` pushed to it, and `$CLI`, `$A` and `$FLAGS` for scripts.
    private func make() async throws -> (scratch: Scratch, server: Service, shell: String) {
        let scratch = try Scratch()
        try scratch.makeCertificates()
        let server = try Service.registry(scratch, tls: true, auth: true)
        try scratch.makeImage(server.address + "/team/app:1")
        try await scratch.push(server.address + "/team/app:1", by: scratch.registries(as: user))
        let shell = """
            A=\(server.address) HOME=$PWD/home XDG_RUNTIME_DIR=$PWD/run
            export HOME XDG_RUNTIME_DIR; unset XDG_CONFIG_HOME DOCKER_CONFIG REGISTRY_AUTH_FILE
            cli() { verb=$1; shift; \(try Scratch.program()) $verb --data-root $PWD/other "$@"; }
            word() { \(try Scratch.program()) "$@"; }
            D="--cert-dir authority"
            """
        return (scratch, server, shell)
    }

    private func run(_ made: (scratch: Scratch, server: Service, shell: String), _ script: String) throws
        -> [String]
    {
        let text = try made.scratch.sh("\(made.shell)\n{ \(script)\n}; echo $?")
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { String($0) }
    }

    @Test func aLoginLastsUntilTheLogout() async throws {
        let made = try await make()
        let denied = try run(made, "echo wrong | word login $D -u user --password-stdin $A")
        #expect(denied.last == "1" && denied[0].contains("UNAUTHORIZED"), "\(denied)")
        #expect(try run(made, "test -e run/containers/auth.json") == ["1"])
        let done = try run(made, "echo pass | word login $D -u user --password-stdin $A")
        #expect(done.suffix(2) == ["Login Succeeded", "0"], "\(done)")
        #expect(try run(made, "stat -c %a run/containers/auth.json") == ["600", "0"])
        #expect(try run(made, "cli pull -q $D $A/team/app:1") == ["\(made.server.address)/team/app:1", "0"])
        #expect(
            try run(
                made,
                "skopeo inspect $D --authfile run/containers/auth.json docker://$A/team/app:1 | jq -r .Os")
                == ["linux", "0"])
        #expect(
            try run(made, "word logout $A; word logout $A") == [
                "Removing login credentials for \(made.server.address)",
                "Not logged in to \(made.server.address)", "0",
            ])
        #expect(try run(made, "cli pull $D $A/team/app:1").last == "1")
    }

    @Test func helpersKeepPasswords() async throws {
        let made = try await make()
        try made.scratch.sh(
            """
            mkdir -p home/.docker bin run/containers
            echo '{"credsStore":"test"}' >run/containers/auth.json
            cat >bin/docker-credential-test <<'END'
            #!/bin/sh
            case $1 in
            store) cat >kept ;;
            get)
                read server
                test -e kept && exec cat kept
                echo 'credentials not found in native keychain'
                exit 1 ;;
            erase) rm -f kept ;;
            esac
            END
            chmod 755 bin/docker-credential-test
            """)
        let path = "PATH=$PWD/bin:$PATH"
        #expect(
            try run(made, "\(path); echo pass | word login $D -u user --password-stdin $A").suffix(2)
                == ["Login Succeeded", "0"])
        #expect(try run(made, "jq -r .Username kept") == ["user", "0"])
        #expect(try run(made, "\(path); cli pull -q $D $A/team/app:1").last == "0")
        #expect(try run(made, "\(path); word logout $A; test -e kept").last == "1")
        #expect(try run(made, "\(path); cli pull -q $D $A/team/app:1").last == "1")
    }

    @Test func whatIsPulledIsTold() async throws {
        let made = try await make()
        let id = try made.scratch.store.find(made.server.address + "/team/app:1")
        let layers = try made.scratch.store.manifest(id.manifest.digest).layers.map(\.digest.short)
        let flags = "$D --creds user:pass"
        let first = try run(made, "cli pull \(flags) $A/team/app:1")
        #expect(first.first == "1: Pulling from team/app")
        for layer in layers {
            #expect(first.contains("\(layer): Pulling fs layer") && first.contains("\(layer): Pull complete"))
        }
        #expect(
            first.suffix(4) == [
                "Digest: \(id.manifest.digest)",
                "Status: Downloaded newer image for \(made.server.address)/team/app:1",
                "\(made.server.address)/team/app:1", "0",
            ])
        let second = try run(made, "cli pull \(flags) $A/team/app:1")
        #expect(second.contains("Status: Image is up to date for \(made.server.address)/team/app:1"))
        #expect(layers.allSatisfy { second.contains("\($0): Already exists") })
        let all = try run(made, "cli tag $A/team/app:1 $A/team/app:two; cli push -q -a \(flags) $A/team/app")
        #expect(
            all.suffix(3) == [
                "\(made.server.address)/team/app:1", "\(made.server.address)/team/app:two", "0",
            ])
        #expect(try run(made, "cli pull -q -a \(flags) $A/team/app").count == 3)
        // Bars on a terminal.
        try made.scratch.sh("cat >terminal.sh <<'END'\n\(made.shell)\ncli pull \(flags) $A/team/app:1\nEND")
        let terminal = try run(
            made,
            "cli rmi -f $A/team/app:1 $A/team/app:two >/dev/null; script -qec 'sh terminal.sh' /dev/null")
        #expect(terminal.contains { $0.contains("\u{1B}[") && $0.contains(": Pull complete\u{1B}[K") })
    }

    private static let wrong: [(line: String, words: String, status: String)] = [
        ("cli pull $D --creds user:pass $A/nothing", "manifest unknown", "1"),
        ("cli pull $D $A/team/app:1", "UNAUTHORIZED", "1"),
        ("cli pull $A/team/app:1", "not trusted", "1"), ("cli pull", "Missing expected argument", "125"),
        ("cli pull --creds nobody $A/team/app:1", "--creds wants USER:PASSWORD", "125"),
        ("cli pull 127.0.0.1:1/x", "onnection refused", "1"), ("cli pull -a x:1", "tag can't be used", "1"),
        ("cli push $A/nothing", "No such image", "1"), ("cli pull 'A B'", "invalid reference", "1"),
        ("word login -p b -u", "Missing value", "125"), ("word login $A", "non TTY", "1"),
        ("word login --password-stdin $A", "Must provide --username", "1"),
        ("word login -u a:b -p c $A", "colon", "1"),
    ]

    @Test func whatIsWrongIsSaid() async throws {
        let made = try await make()
        for (line, words, status) in Self.wrong {
            let lines = try run(made, line)
            #expect(lines.last == status && lines.contains { $0.contains(words) }, "\(line): \(lines)")
        }
    }

    @Test func whatIsMissingIsPulledForAContainer() async throws {
        let made = try await make()
        let name = made.server.address + "/team/app:1"
        try made.scratch.sh(
            """
            mkdir -p home/.config/docklock && cat >home/.config/docklock/registries.json <<END
            {"registries":{"\(made.server.address)":{"ca":"$PWD/ca.pem"}}}
            END
            """)
        let program = try Scratch.program("docklock")
        let create = "\(program) --data-root $PWD/other --root $PWD/state create --network none"
        let login = "echo pass | word login -u user --password-stdin $A >/dev/null 2>&1"
        let never = try run(made, "\(login); \(create) --pull never \(name)")
        #expect(never == ["docklock: No such image: \(name)", "125"], "\(never)")
        let missing = try run(made, "\(create) --name one \(name)")
        #expect(missing.first == "docklock: Unable to find image '\(name)' locally", "\(missing)")
        #expect(missing.contains { $0.hasSuffix(": Pull complete") } && missing.last == "0", "\(missing)")
        let stored = try run(made, "\(create) --name two \(name)")
        #expect(stored.count == 2 && stored.last == "0", "\(stored)")
        let always = try run(made, "\(create) --name three --pull always \(name)")
        #expect(always.contains { $0.contains("Image is up to date") } && always.last == "0", "\(always)")
        let quiet = try run(made, "\(create) -q --pull=always --name four \(name) 2>/dev/null")
        #expect(quiet.count == 2 && quiet.last == "0", "\(quiet)")
        let absent = try run(made, "\(create) $A/absent 2>&1 >/dev/null")
        #expect(absent.last == "125" && absent.contains { $0.contains("manifest unknown") }, "\(absent)")
    }
}
