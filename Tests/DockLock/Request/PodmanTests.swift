import Foundation
import Testing
import Verbs

@testable import Request

/// The configurations that podman 4.3 makes of the same command lines, as Tests/Golden/podman/make.sh wrote
/// them: ours say the same where a program can tell, and are nowhere wider.
@Suite struct PodmanTests {
    private static let folder: URL = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder.appendingPathComponent("Golden/podman")
    }()

    private struct Pair {
        let name: String
        let podmans: [String: Any]
        let ours: [String: Any]

        func each(_ path: String...) -> (podmans: Any?, ours: Any?) {
            let pick = { (top: [String: Any]) in
                path.reduce(top as Any?) { ($0 as? [String: Any])?[$1] }
            }
            return (pick(podmans), pick(ours))
        }

        /// Whether both have the same there, or neither anything.
        func agree(_ path: String...) -> Bool {
            let pick = { (top: [String: Any]) in
                path.reduce(top as Any?) { ($0 as? [String: Any])?[$1] }
            }
            switch (pick(podmans), pick(ours)) {
            case (nil, nil): return true
            case (let left as NSObject, let right as NSObject): return left.isEqual(right)
            default: return false
            }
        }

        func texts(_ path: String...) -> (podmans: Set<String>, ours: Set<String>) {
            let pick = { (top: [String: Any]) in
                path.reduce(top as Any?) { ($0 as? [String: Any])?[$1] } as? [String] ?? []
            }
            return (Set(pick(podmans)), Set(pick(ours)))
        }
    }

    private static func lines() throws -> [(name: String, flags: String)] {
        try String(contentsOf: folder.appendingPathComponent("lines.txt"), encoding: .utf8).split(
            separator: "\n"
        )
        .map { line in
            let (name, flags) = split(String(line), at: 0x20)
            return (name, flags ?? "")
        }
    }

    private func pairs() throws -> [Pair] {
        try Self.lines().map { line in
            let file = Self.folder.appendingPathComponent(line.name + ".json")
            let podmans = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
            let flags = "--network none " + line.flags
            let chosen = Case(line.name, flags) { image in
                (image.environment, image.command) = (["PATH=/bin", "IMAGE=box"], ["sh"])
            } premises: { premises in
                premises.rlimits = []
                premises.passwd = Array("root:x:0:0::/root:\nuser:x:1000:1000::/home/user:\n".utf8)
                premises.group = Array("root:x:0:\nuser:x:1000:\nextra:x:2000:user\n".utf8)
                premises.resolver = nil
                if line.name == "devices" {
                    premises.devices = [
                        HostDevice(path: "/dev/fuse", kind: 99, major: 10, minor: 229),
                        HostDevice(path: "/dev/mine", kind: 99, major: 1, minor: 7, access: "r"),
                    ]
                }
            }
            let ours = try JSONSerialization.jsonObject(with: Data(chosen.configuration().encoded()))
            return Pair(
                name: line.name, podmans: try #require(podmans as? [String: Any]),
                ours: try #require(ours as? [String: Any]))
        }
    }

    @Test func everyLineHasItsFile() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(
            Set(names.filter { $0.hasSuffix(".json") }) == Set(try Self.lines().map { $0.name + ".json" }))
        #expect(names.count >= 10)
    }

    @Test func theProcessIsTheSame() throws {
        for pair in try pairs() {
            for member in ["args", "cwd", "noNewPrivileges", "terminal"] {
                #expect(pair.agree("process", member), "\(pair.name): \(pair.each("process", member))")
            }
            for member in ["uid", "gid", "umask"] { #expect(pair.agree("process", "user", member)) }
            let groups = pair.each("process", "user", "additionalGids")
            #expect(
                Set(groups.ours as? [Int] ?? []) == Set(groups.podmans as? [Int] ?? []), "\(pair.name)")
            if pair.name == "limits" { #expect(pair.agree("process", "oomScoreAdj")) }
            let env = pair.texts("process", "env")
            let own = ["container=", "HOSTNAME=", "TERM="]
            let (podmans, ours) = (
                env.podmans.filter { text in !own.contains { text.hasPrefix($0) } },
                env.ours.filter { text in !own.contains { text.hasPrefix($0) } }
            )
            #expect(podmans == ours, "\(pair.name)")
        }
    }

    @Test func nothingIsWider() throws {
        for pair in try pairs() {
            for set in ["bounding", "effective", "permitted", "inheritable", "ambient"] {
                let names = pair.texts("process", "capabilities", set)
                #expect(names.ours.isSubset(of: names.podmans), "\(pair.name): \(set) \(names)")
            }
            let masked = pair.texts("linux", "maskedPaths")
            #expect(masked.ours.isSuperset(of: masked.podmans), "\(pair.name)")
            let readonly = pair.texts("linux", "readonlyPaths")
            #expect(readonly.ours.union(masked.ours).isSuperset(of: readonly.podmans), "\(pair.name)")
            let kinds = { (namespaces: Any?) in
                Set((namespaces as? [[String: String]] ?? []).compactMap { $0["type"] })
            }
            let namespaces = pair.each("linux", "namespaces")
            #expect(kinds(namespaces.ours).isSuperset(of: kinds(namespaces.podmans)), "\(pair.name)")
            #expect(pair.agree("root", "readonly") || pair.each("root", "readonly").podmans as? Bool == false)
        }
    }

    @Test func limitsAreTheSame() throws {
        for pair in try pairs() {
            for member in ["memory", "cpu", "pids", "blockIO"] {
                #expect(
                    pair.agree("linux", "resources", member),
                    "\(pair.name): \(pair.each("linux", "resources", member))")
            }
            let sysctl = pair.each("linux", "sysctl")
            let ours = sysctl.ours as? [String: String] ?? [:]
            for (name, value) in sysctl.podmans as? [String: String] ?? [:] {
                #expect(ours[name] == value, "\(pair.name): \(name)")
            }
            let devices = { (list: Any?) in
                (list as? [[String: Any]] ?? []).map {
                    "\($0["path"] ?? "") \($0["major"] ?? "") \($0["minor"] ?? "")"
                }
            }
            let listed = pair.each("linux", "devices")
            #expect(devices(listed.ours) == devices(listed.podmans), "\(pair.name)")
            let rules = pair.each("linux", "resources", "devices")
            #expect(
                (rules.ours as? NSArray) == (rules.podmans as? NSArray), "\(pair.name): \(rules)")
        }
    }

    @Test func mountsAreTheSame() throws {
        let words: Set<String> = ["nosuid", "nodev", "noexec", "ro"]
        for pair in try pairs() {
            let mounts = pair.each("mounts")
            let podmans = mounts.podmans as? [[String: Any]] ?? []
            let ours = mounts.ours as? [[String: Any]] ?? []
            for mount in podmans {
                let target = mount["destination"] as? String ?? ""
                if target == "/run/.containerenv" { continue }
                guard let same = ours.first(where: { $0["destination"] as? String == target }) else {
                    Issue.record("\(pair.name) lacks a mount on \(target)")
                    continue
                }
                let (left, right) = (
                    Set(mount["options"] as? [String] ?? []), Set(same["options"] as? [String] ?? [])
                )
                #expect(
                    right.isSuperset(of: left.intersection(words)), "\(pair.name) \(target): \(left) \(right)"
                )
                if target != "/dev/shm" { #expect(mount["type"] as? String == same["type"] as? String) }
                let data = { (options: Set<String>) in options.filter { $0.contains("=") } }
                if target != "/dev/shm", target != "/tmp" {
                    #expect(data(left) == data(right), "\(pair.name) \(target)")
                }
            }
        }
    }
}
