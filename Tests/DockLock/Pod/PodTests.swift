import JSON
import Testing

@testable import Pod

@Suite struct PodTests {
    static func record() -> PodRecord {
        var record = PodRecord()
        record.id = String(repeating: "a", count: 64)
        record.name = "web"
        record.created = "2024-01-31T10:30:00Z"
        record.infra = String(repeating: "b", count: 64)
        record.envelope = PodRecord.envelope(of: record.id)
        record.sharedMemory = "/run/x/shm"
        record.request.labels = [PodLabel("app", "web")]
        record.request.annotations = [PodLabel("note", "a=b")]
        record.request.hostname = "host"
        record.request.networks = ["bridge"]
        record.request.ports = ["8080:80"]
        record.request.hosts = ["far:192.0.2.7"]
        record.request.sysctls = ["net.ipv4.ip_forward=1"]
        record.request.sharesPids = true
        record.request.resources.memory = 64 << 20
        record.request.resources.nanoCPUs = 500_000_000
        record.request.resources.pids = 20
        record.request.restart = .onFailure
        record.volumes = [PodVolume(name: "v", kind: .memory, size: 1 << 20, group: 7)]
        record.parts = [PodPart(root: "/v", path: "a/b", name: "0")]
        return record
    }

    @Test func recordsAreReadAsTheyWereWritten() throws {
        let record = Self.record()
        #expect(try PodRecord(decoding: record.node.encoded(pretty: true)) == record)
        #expect(try PodRecord(decoding: PodRecord().node.encoded()) == PodRecord())
    }

    @Test func whatIsMissingIsNamed() {
        #expect(throws: PodError("vpod.json: version: is not 1")) {
            try PodRecord(decoding: Array("{}".utf8))
        }
        let text = #"{"version": 1, "id": "a", "name": 7}"#
        #expect(throws: PodError("vpod.json: name: is not a string")) {
            try PodRecord(decoding: Array(text.utf8))
        }
        #expect(throws: PodError.self) { try PodRecord(decoding: Array("{".utf8)) }
    }

    @Test func limitsAreTheSpecificationsResources() {
        let text = String(decoding: Self.record().request.resources.node.encoded(), as: UTF8.self)
        #expect(
            text
                == #"{"memory":{"limit":67108864},"cpu":{"quota":50000,"period":100000},"pids":{"limit":20}}"#
        )
        #expect(String(decoding: PodResources().node.encoded(), as: UTF8.self) == "{}")
    }

    @Test func theFirstContainerHasWhatIsTheVpods() {
        let record = Self.record()
        let words = record.request.infraWords(record, program: "/bin/docklock", image: "pause")
        for pair in [
            ["--name", "web-infra"], ["--publish", "8080:80"], ["--network", "bridge"],
            ["--hostname", "host"], ["--cgroup-parent", record.envelope], ["--cap-drop", "ALL"],
            ["--label", "io.docklock.vpod=" + record.id], ["--label", "io.docklock.vpod.role=infra"],
            ["--ipc", "none"], ["pause", "/docklock-pause"],
        ] {
            #expect(words.indices.dropLast().contains { Array(words[$0...($0 + 1)]) == pair }, "\(pair)")
        }
    }

    @Test func namesAreThoseOfContainers() {
        for name in ["a", "web-1", "A.b_c", "0"] { #expect(throws: Never.self) { try PodName.check(name) } }
        for name in ["", "-a", ".", "..", "a/b", "a b", "ä", "a\n", String(repeating: "a", count: 201)] {
            #expect(throws: PodError.self, "\(name)") { try PodName.check(name) }
        }
    }

    @Test func unitsQuoteWhatSystemdReads() {
        var unit = PodUnit(
            name: "web", id: "a", program: "/opt/my $dir/docklock", places: ["--data-root", "/d%x"],
            pidFile: "/run/p%d/pid", folders: ["/d%x"], restart: .always, stopTimeout: 7, healthTimeout: 120)
        unit.after = ["db.service"]
        unit.requires = ["net.service"]
        let text = unit.text
        #expect(unit.file == "docklock-vpod-web.service")
        #expect(
            text.contains(
                "ExecStart=\"/opt/my $$dir/docklock\" --data-root /d%%x vpod start --wait 120 web\n"))
        #expect(text.contains("PIDFile=/run/p%%d/pid\n") && text.contains("Restart=always\n"))
        #expect(text.contains("After=network-online.target net.service db.service\n"))
        #expect(text.contains("Requires=net.service\n") && text.contains("TimeoutStopSec=67\n"))
        #expect(PodUnit.quoted("") == "\"\"" && PodUnit.quoted("a\"\\\n") == "\"a\\\"\\\\\\n\"")
    }
}
