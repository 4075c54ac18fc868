import CHarness
import Foundation

/// The machine under the tests: one temporary folder a test process, a busybox to copy from, the C
/// probe, and the cgroups below which every trial makes its own.
public final class Host: Sendable {
    public static let shared = Host()

    /// Everything of this test process lies below; removed at exit.
    public let folder: String
    /// The cgroup, as config.json says it, under which each trial has one of its own.
    public let cgroup: String
    /// The applets that the tests use; a link for each of busybox's 300 costs more than most containers.
    static let applets = """
        [ awk basename cat chmod chown chroot cp cut date dd df dirname dmesg echo env expr
        false find grep groups head hostname id ip ionice kill ln ls md5sum mkdir mkfifo mknod
        mount mv nc nproc nsenter ping printf ps pwd readlink rm rmdir sed seq setsid sh sleep
        sort stat stty su sync sysctl tail taskset tee test timeout touch tr true tty umount
        uname unshare usleep wc whoami xargs
        """.split(whereSeparator: \.isWhitespace)

    private init() {
        precondition(harness_begin() == 0, "the harness cannot become a reaper")
        umask(0o022)
        Leftovers.sweep()
        folder = "/tmp/dlt-\(getpid())"
        cgroup = "/docklock-test-\(getpid())"
        mkdir(folder, 0o755)
        let busybox = "/bin/busybox"
        Host.copy(busybox, to: folder + "/busybox")
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let compiled = try? Command(
            "/usr/bin/gcc",
            ["-static", "-O1", "-o", folder + "/probe", sources.path + "/Probe/probe.c"]
        ).run(in: folder)
        guard compiled?.status == 0 else {
            fatalError("the probe does not build: \(compiled?.err ?? "no gcc")")
        }
        atexit { Host.shared.remove() }
    }

    /// Makes a root filesystem of busybox and the probe.
    func makeRoot(at root: String) {
        for name in ["", "/bin", "/dev", "/proc", "/sys", "/etc", "/tmp", "/root", "/run", "/var", "/mnt"] {
            mkdir(root + name, 0o755)
        }
        chmod(root + "/tmp", 0o1777)
        link(folder + "/busybox", root + "/bin/busybox")
        link(folder + "/probe", root + "/bin/probe")
        for applet in Host.applets { symlink("busybox", root + "/bin/" + applet) }
        Host.write(
            "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n", to: root + "/etc/passwd")
        Host.write("root:x:0:\nuser:x:1000:\nextra:x:2000:user\n", to: root + "/etc/group")
    }

    /// Whether the host has one hierarchy of control groups for everything, version 2.
    public static let isUnified = Host.exists("/sys/fs/cgroup/cgroup.controllers")

    /// Where the host and its containers have a controller's files: ("pids") or ("freezer").
    public static func hierarchy(_ controller: String) -> String {
        isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/" + controller
    }

    /// Mount points of every hierarchy of control groups.
    public static var hierarchies: [String] {
        guard !isUnified else { return ["/sys/fs/cgroup"] }
        return ((try? FileManager.default.contentsOfDirectory(atPath: "/sys/fs/cgroup")) ?? []).sorted()
            .map { "/sys/fs/cgroup/" + $0 }
    }

    public static func write(_ text: String, to path: String, mode: mode_t = 0o644) {
        let fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard fd >= 0 else { return }
        defer { close(fd) }
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let wrote = bytes[done...].withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
            guard wrote > 0 else { return }
            done += wrote
        }
    }

    /// What a file holds; nil when it cannot be read.
    public static func read(_ path: String) -> String? {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return nil }
        defer { close(fd) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65536)
        while true {
            let got = Glibc.read(fd, &part, part.count)
            guard got > 0 else { break }
            bytes += part[..<got]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    public static func exists(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0
    }

    private static func copy(_ from: String, to: String) {
        guard let data = FileManager.default.contents(atPath: from) else { fatalError("\(from) is missing") }
        _ = FileManager.default.createFile(atPath: to, contents: data, attributes: [.posixPermissions: 0o755])
    }

    private func remove() {
        for hierarchy in Host.hierarchies { rmdir(hierarchy + cgroup) }
        try? FileManager.default.removeItem(atPath: folder)
    }
}
