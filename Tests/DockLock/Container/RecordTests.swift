import Cgroups
import Glibc
import JSON
import Kernel
import OCI
import Report
import Testing

@testable import Container

@Suite struct RecordTests {
    @Test func comesBackAsItWasWritten() throws {
        let record = fullRecord()
        #expect(try Record(decoding: record.node.encoded()) == record)
        var plain = Record(cgroup: CgroupPlace(driver: .disabled, path: ""))
        plain.id = "b"
        #expect(try Record(decoding: plain.node.encoded()) == plain)
    }

    @Test func theUserOfADelegatedCgroup() throws {
        func owner(_ linux: String, _ options: String = "\"rw\"", uid: Int = 0) throws -> UInt32? {
            let text = """
                {"ociVersion": "1.0.0", "root": {"path": "r"},
                 "process": {"args": ["a"], "cwd": "/", "user": {"uid": \(uid), "gid": 0}},
                 "mounts": [{"destination": "/sys/fs/cgroup", "type": "cgroup", "options": [\(options)]}],
                 "linux": {"uidMappings": [{"containerID": 5, "hostID": 9000, "size": 2},
                                           {"containerID": 0, "hostID": 7000, "size": 1}],
                           "namespaces": [\(linux)]}}
                """
            return CgroupMounts.owner(try Spec.decode(Array(text.utf8)))
        }
        let both = "{\"type\": \"user\"}, {\"type\": \"cgroup\"}"
        #expect(try owner(both) == 7000)
        #expect(try owner(both, uid: 6) == 9001)
        #expect(try owner(both, uid: 7) == nil)
        #expect(try owner(both, "\"ro\"") == nil)
        #expect(try owner("{\"type\": \"cgroup\"}") == nil)
        #expect(try owner("{\"type\": \"user\"}") == nil)
        #expect(try owner("{\"type\": \"user\"}, {\"type\": \"cgroup\", \"path\": \"/x\"}") == nil)
    }

    /// A write that was cut off can't happen, but a disk may have lost its end: never read as less.
    @Test func anyCutIsRefused() {
        let bytes = fullRecord().node.encoded()
        for length in 0..<bytes.count {
            #expect(throws: (any Error).self, "\(length) bytes") {
                try Record(decoding: Array(bytes[..<length]))
            }
        }
    }

    static let damages: [(String, String)] = [
        ("\"version\":1", "\"version\":2"), ("\"version\":1", "\"version\":\"1\""),
        ("\"phase\":\"created\"", "\"phase\":\"running\""), ("\"driver\":\"systemd\"", "\"driver\":\"x\""),
        ("\"id\":\"box\"", "\"id\":7"), ("\"cgroup\":{", "\"other\":{"),
        // A damaged path must not lead the removal of cgroups to others' ones.
        ("\"path\":\"/machine.slice/box.scope\"", "\"path\":\"/\""),
        ("\"path\":\"/machine.slice/box.scope\"", "\"path\":\"/../x\""),
        ("\"path\":\"/machine.slice/box.scope\"", "\"path\":\"\""),
    ]

    @Test(arguments: damages)
    func damageIsRefused(_ from: String, _ to: String) throws {
        let text = String(decoding: fullRecord().node.encoded(), as: UTF8.self)
        let parts = text.split(separator: from, maxSplits: 1, omittingEmptySubsequences: false)
        try #require(parts.count == 2, "the state holds \(from)")
        let damaged = parts[0] + to + parts[1]
        let words = refusal { _ = try Record(decoding: Array(damaged.utf8)) }
        #expect(words == "state.json: not a state of this version")
    }

    @Test func statusFollowsTheProcess() throws {
        let scratch = try Scratch()
        let folder = try Store(root: scratch.path).create("box")
        var record = Record(cgroup: CgroupPlace(driver: .disabled, path: ""))
        record.id = "box"
        #expect(record.status(in: folder) == .creating)
        record.phase = .created
        record.pid = getpid()
        record.start = try #require(Processes.identity(of: getpid())).start
        #expect(record.isAlive)
        #expect(record.status(in: folder) == .running)
        // The same number, but another process.
        record.start += 1
        #expect(!record.isAlive)
        #expect(record.status(in: folder) == .stopped)
    }

    /// A container that waits holds the fifo open; nothing else says that it has not started.
    @Test func fifoWithAReaderMeansCreated() throws {
        let scratch = try Scratch()
        let folder = try Store(root: scratch.path).create("box")
        var record = Record(cgroup: CgroupPlace(driver: .disabled, path: ""))
        record.phase = .created
        record.pid = getpid()
        record.start = try #require(Processes.identity(of: getpid())).start
        #expect(mkfifoat(folder.directory.number, Store.fifo, 0o600) == 0)
        #expect(record.status(in: folder) == .running)
        let reader = try Descriptor.open(Store.fifo, O_RDONLY | O_NONBLOCK, at: folder.directory.number)
        #expect(record.status(in: folder) == .created)
        #expect(reader.number >= 0)
    }

    @Test func hooksAreToldTheState() {
        let state = fullRecord().state(.stopped, pid: 0)
        #expect(state.id == "box")
        #expect(state.pid == 0)
        #expect(state.bundle == "/srv/\"box\"\n")
        #expect(state.systemdScope == "box.scope")
        #expect(state.annotations.count == 2)
    }
}
