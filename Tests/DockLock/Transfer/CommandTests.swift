import Digest
import Images
import Kernel
import Manifest
import Testing
import Transfer

/// The program, from outside: what it prints, and its exit statuses.
@Suite struct CommandTests {
    private func make() throws -> (scratch: Scratch, id: Digest) {
        let scratch = try Scratch()
        try scratch.makeTree()
        try scratch.sh("tar -C tree -cf tree.tar .")
        let id = try scratch.importTree("tree.tar", as: "app:1", changes: ["LABEL kind=test", "CMD [\"x\"]"])
        try scratch.store.tag("app:1", as: Reference("x.io/team/app:2"))
        return (scratch, id)
    }

    /// What a command line prints, stdout and stderr, and its exit status as the last line.
    private func run(_ scratch: Scratch, _ line: String) throws -> [String] {
        let program = try Scratch.program()
        let text = try scratch.sh("cli() { \(program) --data-root data \"$@\"; }; \(line); echo $?")
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { String($0) }
    }

    @Test func listsReadAsDockersDo() throws {
        let (scratch, id) = try make()
        let lines = try run(scratch, "cli images --format 'table {{.Repository}}\\t{{.Tag}}\\t{{.ID}}'")
        #expect(
            lines == [
                "REPOSITORY      TAG       IMAGE ID", "app             1         \(id.short)",
                "x.io/team/app   2         \(id.short)", "0",
            ])
        #expect(try run(scratch, "cli image ls -q") == [id.short, "0"])
        #expect(try run(scratch, "cli images -q --no-trunc app:1") == [id.description, "0"])
        #expect(try run(scratch, "cli images app:2 --format '{{.Tag}}'") == ["0"])
        let heads = try run(scratch, "cli images --digests | head -n 1 | tr -s ' '")
        #expect(heads == ["REPOSITORY TAG DIGEST IMAGE ID CREATED SIZE", "0"])
        #expect(try run(scratch, "cli images --format json | jq -r .Tag") == ["1", "2", "0"])
    }

    @Test(arguments: [
        ("dangling=true", 0), ("dangling=false", 2), ("label=kind", 2), ("label=kind=test", 2),
        ("label=kind=other", 0), ("reference=app", 1), ("reference='x.io/*/app:*'", 1), ("since=app:1", 0),
        ("before=app:1", 0), ("until=1h", 2), ("until=2000-01-01T00:00:00Z", 0),
    ])
    func filtersChoose(_ filter: String, _ count: Int) throws {
        let (scratch, _) = try make()
        let lines = try run(scratch, "cli images --filter \(filter) --format '{{.Tag}}'")
        #expect(lines.count == count + 1 && lines.last == "0", "\(lines)")
    }

    @Test(arguments: [
        ("rmi nothing", "docklock: No such image: nothing:latest", "1"),
        ("image inspect nothing", "docklock: No such image: nothing:latest", "1"),
        ("images --nope", "docklock: Unknown option '--nope'", "125"),
        ("images --filter x=y", "docklock: invalid filter 'x'", "125"),
        ("images --format '{{.Nope}}'", "docklock: template: can't evaluate field Nope", "1"),
        ("tag app:1 UPPER", "docklock: invalid reference \"UPPER\"", "1"),
        ("tag app:1", "docklock: Missing expected argument '<name>'", "125"),
        ("import /nowhere x", "docklock: open /nowhere: no such file or directory", "1"),
        ("load -i /etc/hostname", "docklock: ", "1"),
        ("save nothing", "docklock: No such image: nothing:latest", "1"),
        ("diff nothing", "docklock: No such container: nothing", "1"),
        ("history nothing", "docklock: No such image: nothing:latest", "1"),
    ])
    func whatIsWrongIsSaid(_ line: String, _ words: String, _ status: String) throws {
        let (scratch, _) = try make()
        let lines = try run(scratch, "cli \(line)")
        #expect(lines.contains { $0.hasPrefix(words) } && lines.last == status, "\(lines)")
    }

    @Test func severalAreRemovedAlthoughOneIsNot() throws {
        let (scratch, id) = try make()
        #expect(
            try run(scratch, "cli rmi app:1 nothing x.io/team/app:2").prefix(4) == [
                "Untagged: app:1", "docklock: No such image: nothing:latest",
                "Untagged: x.io/team/app:2", "Deleted: \(id)",
            ])
        #expect(try scratch.store.images().isEmpty)
    }

    @Test func whatIsInspectedIsShown() throws {
        let (scratch, id) = try make()
        #expect(
            try run(scratch, "cli inspect app:1 | jq -r '.[0].Id, .[0].RepoTags[1]'")
                == [id.description, "x.io/team/app:2", "0"])
        #expect(
            try run(scratch, "cli inspect -f '{{.Config.Labels.kind}} {{json .Config.Cmd}}' app:1")
                == ["test [\"x\"]", "0"])
        #expect(
            try run(scratch, "cli history --format '{{.ID}} {{.Comment}}' app:1")
                == ["\(id.short) Imported from tree.tar", "0"])
        #expect(
            try run(scratch, "cli system df --format '{{.Type}} {{.TotalCount}} {{.Active}}'")
                == ["Images 1 0", "0"])
        #expect(try run(scratch, "cli --help >/dev/null") == ["0"])
    }

    @Test func theStaticProgramHandsOver() throws {
        let (scratch, id) = try make()
        let (program, cli) = (try Scratch.program("docklock"), try Scratch.program())
        let lines = try scratch.sh(
            """
            mkdir -p p/bin p/libexec/docklock q && cp \(program) p/bin/ && cp \(program) q/
            p/bin/docklock images; echo $?
            ln \(cli) p/libexec/docklock/docklock-cli || cp \(cli) p/libexec/docklock/docklock-cli
            p/bin/docklock --data-root data images -q
            p/bin/docklock --data-root=data image inspect -f '{{.Id}}' app:1
            """)
        #expect(lines.contains("docklock: execute ") && lines.contains("\n1\n"))
        #expect(lines.hasSuffix("\(id.short)\n\(id)\n"))
    }
}
