import JSON
import OCI
import Testing

@testable import Report

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

private func state(_ id: String = "web", _ status: Status = .running, pid: Int32 = 21675) -> ContainerState {
    var state = ContainerState(id: id, status: status, pid: pid, bundle: "/srv/b")
    state.rootfs = "/srv/b/rootfs"
    state.created = "2026-11-21T14:55:37.112060513Z"
    state.owner = "root"
    return state
}

@Suite("The state of a container")
struct StateTests {
    @Test("hooks read the specification's members, in one line")
    func hooks() {
        var state = state()
        #expect(
            text(state.hookNode.encoded()) == """
                {"ociVersion":"1.3.0","id":"web","status":"running","pid":21675,"bundle":"/srv/b"}
                """)
        state.annotations = [Annotation(key: "b", value: "1"), Annotation(key: "a", value: "\"\n")]
        state.status = .stopped
        state.pid = 0
        #expect(
            text(state.hookNode.encoded()) == """
                {"ociVersion":"1.3.0","id":"web","status":"stopped","pid":0,"bundle":"/srv/b",\
                "annotations":{"b":"1","a":"\\"\\n"}}
                """)
    }

    @Test("state prints runc's members in runc's order, and crun's")
    func printed() {
        var state = state()
        state.annotations = [Annotation(key: "k", value: "v")]
        #expect(
            text(state.node.encoded(pretty: true)) == """
                {
                  "ociVersion": "1.3.0",
                  "id": "web",
                  "pid": 21675,
                  "status": "running",
                  "bundle": "/srv/b",
                  "rootfs": "/srv/b/rootfs",
                  "created": "2026-11-21T14:55:37.112060513Z",
                  "annotations": {
                    "k": "v"
                  },
                  "owner": "root"
                }
                """)
        state.annotations = []
        state.systemdScope = "x.scope"
        #expect(text(state.node.encoded()).contains("\"systemd-scope\":\"x.scope\",\"owner\""))
        #expect(!text(state.node.encoded()).contains("annotations"))
    }

    @Test(
        "moments are RFC 3339 with nanoseconds",
        arguments: [
            (0, 0, "1970-01-01T00:00:00.000000000Z"),
            (1_795_272_937, 112_060_513, "2026-11-21T14:55:37.112060513Z"),
            (951_782_399, 999_999_999, "2000-02-28T23:59:59.999999999Z"),
            (951_782_400, 1, "2000-02-29T00:00:00.000000001Z"),
            (1_709_251_200, 0, "2024-03-01T00:00:00.000000000Z"),
            (4_107_542_399, 0, "2100-02-28T23:59:59.000000000Z"),
            (4_107_542_400, 0, "2100-03-01T00:00:00.000000000Z"), (-1, 5, "1969-12-31T23:59:59.000000005Z"),
        ] as [(Int64, Int64, String)])
    func timestamps(_ seconds: Int64, _ nanoseconds: Int64, _ expected: String) {
        #expect(ContainerState.timestamp(seconds: seconds, nanoseconds: nanoseconds) == expected)
    }
}

@Suite("The list of containers")
struct ListingTests {
    @Test("a table is laid out as runc's, wide enough for its longest cells")
    func table() {
        #expect(
            text(Listing.table([])) == "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n")
        let lines = text(Listing.table([state(), state("a-name-of-some-length", .created, pid: 7)]))
            .split(separator: "\n")
        #expect(
            lines[0] == "ID                      PID         STATUS      BUNDLE      " + created("CREATED")
                + "OWNER")
        let time = created("2026-11-21T14:55:37.112060513Z") + "root"
        #expect(lines[1] == "web                     21675       running     /srv/b      " + time)
        #expect(lines[2] == "a-name-of-some-length   7           created     /srv/b      " + time)
        #expect(lines.count == 3)
    }

    private func created(_ cell: String) -> String {
        cell + String(repeating: " ", count: 33 - cell.count)
    }

    @Test("a bundle's name cannot add rows or speak to the terminal")
    func control() {
        var hostile = state()
        hostile.bundle = "/a\n\u{1b}[2J\u{7f}é"
        let table = text(Listing.table([hostile]))
        #expect(table.split(separator: "\n").count == 2)
        #expect(table.contains("/a??[2J?é "))
    }

    @Test("json is an array of states in one line, and [] where there is none")
    func json() throws {
        #expect(text(Listing.json([])) == "[]\n")
        let bytes = Listing.json([state(), state("db", .stopped, pid: 0)])
        #expect(bytes.last == UInt8(ascii: "\n") && bytes.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        let states = Array(try JSON.parse(bytes).elements)
        #expect(states.map { $0["id"]?.string } == ["web", "db"])
        #expect(states.map { $0["pid"]?.int } == [21675, 0])
        #expect(states.map { $0["status"]?.string } == ["running", "stopped"])
        #expect(states.allSatisfy { $0["created"]?.string != nil && $0["owner"]?.string == "root" })
    }

    @Test("quiet is ids alone")
    func quiet() {
        #expect(text(Listing.ids([state(), state("db")])) == "web\ndb\n")
        #expect(Listing.ids([]).isEmpty)
    }
}

@Suite("The processes of a container")
struct ProcessesTests {
    private let output = """
        UID          PID    PPID  C STIME TTY          TIME CMD
        root           1       0  0 10:00 ?        00:00:01 /sbin/init PID 7
        root           7       1  0 10:00 ?        00:00:00 sleep 100
        daemon        70       1  0 10:00 ?        00:00:00 a  b\tc

        """

    private func table(_ output: String, _ pids: [Int32]) throws -> String {
        text(try ProcessTable.table(Array(output.utf8), pids: pids))
    }

    @Test("the header stays, and the lines of these processes as they were")
    func table() throws {
        let lines = output.split(separator: "\n")
        #expect(try table(output, [7]) == "\(lines[0])\n\(lines[2])\n")
        #expect(try table(output, [70, 1]) == "\(lines[0])\n\(lines[1])\n\(lines[3])\n")
        #expect(try table(output, []) == "\(lines[0])\n")
        #expect(try table("PID\n  5\n 55\n", [55]) == "PID\n 55\n")
    }

    @Test(
        "output without a readable PID column is refused",
        arguments: ["", "\n", "CMD PPID\nx 1\n", "PID CMD\nx y\n"])
    func unreadable(_ output: String) {
        #expect(throws: ProcessTable.Unreadable.self) { try table(output, [1]) }
    }

    @Test("json is an array of ids")
    func json() {
        #expect(text(ProcessTable.json([21675, 2])) == "[21675,2]\n")
        #expect(text(ProcessTable.json([])) == "[]\n")
    }
}
