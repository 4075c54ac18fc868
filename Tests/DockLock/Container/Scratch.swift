import Cgroups
import Glibc
import Kernel
import OCI
import Testing

@testable import Container

/// A folder of a test's own, gone with it.
final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/docklock-container-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
    }

    deinit { Scratch.remove(path) }

    func file(_ name: String) -> String { path + "/" + name }

    /// Writes a program of the shell and returns its path.
    func program(_ name: String, _ lines: String) throws -> String {
        try Files.replace(file(name), with: Array("#!/bin/sh\n\(lines)\n".utf8), mode: 0o755)
        return file(name)
    }

    private static func remove(_ path: String) {
        for name in (try? Files.list(path)) ?? [] {
            let inner = path + "/" + name
            if unlink(inner) != 0 { remove(inner) }
        }
        rmdir(path)
    }
}

/// What `work` says when it fails; nil where it does not.
func refusal(_ work: () throws -> Void) -> String? {
    do {
        try work()
        return nil
    } catch {
        return "\(error)"
    }
}

/// A state with every member set.
func fullRecord() -> Record {
    var record = Record(
        cgroup: CgroupPlace(
            driver: .systemd, path: "/machine.slice/box.scope", scope: "box.scope", slice: "machine.slice",
            rootless: true, isAsked: true))
    record.id = "box"
    record.phase = .created
    record.bundle = "/srv/\"box\"\n"
    record.rootfs = "/srv/box/rootfs"
    record.pid = 4711
    record.start = UInt64.max
    record.created = "2026-01-02T03:04:05.000000006Z"
    record.owner = "root"
    record.resctrl = "/sys/fs/resctrl/box"
    record.annotations = [Annotation(key: "a", value: ""), Annotation(key: "é", value: "\u{1}")]
    return record
}

/// What a journal was told, by one thread.
final class Warnings: @unchecked Sendable {
    private(set) var all: [String] = []

    func add(_ text: String) { all.append(text) }
}
