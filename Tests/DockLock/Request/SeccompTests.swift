import Foundation
import JSON
import OCI
import Testing
import Verbs

@testable import Request

/// A profile read in the plainest way: which calls with which arguments it lets through. It stands beside the
/// room's code as a second reading of the same format.
private struct Reading {
    struct Rule {
        let allows: Bool
        let arguments: [(index: Int, comparison: String, value: UInt64, second: UInt64)]
    }

    var rules: [String: [Rule]] = [:]

    init(_ json: Any, capabilities: Set<String>) {
        let object = json as? [String: Any] ?? [:]
        for entry in object["syscalls"] as? [[String: Any]] ?? [] {
            let wanted = entry["includes"] as? [String: [String]] ?? [:]
            let unwanted = entry["excludes"] as? [String: [String]] ?? [:]
            if let arches = wanted["arches"], !arches.contains("amd64") { continue }
            if let arches = unwanted["arches"], arches.contains("amd64") { continue }
            if !capabilities.isSuperset(of: wanted["caps"] ?? []) { continue }
            if !capabilities.isDisjoint(with: unwanted["caps"] ?? []) { continue }
            let arguments = (entry["args"] as? [[String: Any]] ?? []).map { argument in
                (
                    index: argument["index"] as? Int ?? 0, comparison: argument["op"] as? String ?? "",
                    value: (argument["value"] as? NSNumber)?.uint64Value ?? 0,
                    second: (argument["valueTwo"] as? NSNumber)?.uint64Value ?? 0
                )
            }
            let rule = Rule(allows: entry["action"] as? String == "SCMP_ACT_ALLOW", arguments: arguments)
            for name in entry["names"] as? [String] ?? [] { rules[name, default: []].append(rule) }
        }
    }

    func matches(_ rule: Rule, _ call: [UInt64]) -> Bool {
        rule.arguments.allSatisfy { argument in
            let value = call[argument.index]
            switch argument.comparison {
            case "SCMP_CMP_EQ": return value == argument.value
            case "SCMP_CMP_NE": return value != argument.value
            case "SCMP_CMP_LT": return value < argument.value
            case "SCMP_CMP_LE": return value <= argument.value
            case "SCMP_CMP_GT": return value > argument.value
            case "SCMP_CMP_GE": return value >= argument.value
            case "SCMP_CMP_MASKED_EQ": return value & argument.value == argument.second
            default: return false
            }
        }
    }

    /// Whether some rule allows the call.
    func mayAllow(_ name: String, _ call: [UInt64]) -> Bool {
        rules[name]?.contains { $0.allows && matches($0, call) } ?? false
    }

    /// Whether a rule allows the call and none refuses it.
    func surelyAllows(_ name: String, _ call: [UInt64]) -> Bool {
        mayAllow(name, call) && rules[name]?.contains { !$0.allows && matches($0, call) } != true
    }
}

@Suite struct SeccompTests {
    private static let file = "/usr/share/containers/seccomp.json"

    private func podmans(_ capabilities: Set<String>) throws -> Reading {
        let data = try Data(contentsOf: URL(fileURLWithPath: Self.file))
        return Reading(try JSONSerialization.jsonObject(with: data), capabilities: capabilities)
    }

    private func ours(_ capabilities: Set<String>) throws -> Reading {
        let bytes = SeccompProfile.standard(bits(capabilities)).encoded()
        return Reading(try JSONSerialization.jsonObject(with: Data(bytes)), capabilities: [])
    }

    private func bits(_ names: Set<String>) -> UInt64 {
        Words.capabilities.enumerated().reduce(0) {
            names.contains($1.element.description) ? $0 | 1 << UInt64($1.offset) : $0
        }
    }

    private static let names = Words.capabilities.map(\.description)
    private static let standard = Set(Configuration.standardCapabilities.map(\.description))
    /// None, those of a plain container, each alone, and all.
    private static let sets: [Set<String>] = [[], standard, Set(names)] + names.map { [$0] }

    /// Calls that try each profile at the edges of what it compares.
    private func calls(_ name: String, _ readings: [Reading]) -> [[UInt64]] {
        let arguments = readings.flatMap { $0.rules[name] ?? [] }.flatMap(\.arguments)
        var values: [Int: Set<UInt64>] = [:]
        for argument in arguments {
            for value in [argument.value, argument.second] {
                values[argument.index, default: [0, 5, .max]].formUnion([
                    value, value &+ 1, value &- 1, value | 1 << 32, value & 0x1000_0000, value & 0x2_0000,
                ])
            }
        }
        var calls: [[UInt64]] = [[0, 0, 0, 0, 0, 0]]
        for (index, tried) in values {
            calls = calls.flatMap { call in
                tried.map { value in
                    var changed = call
                    changed[index] = value
                    return changed
                }
            }
        }
        return calls
    }

    @Test func nothingIsAllowedThatPodmanRefuses() throws {
        for capabilities in Self.sets {
            let (ours, podmans) = (try ours(capabilities), try podmans(capabilities))
            for name in ours.rules.keys {
                for call in calls(name, [ours, podmans]) where ours.mayAllow(name, call) {
                    #expect(podmans.surelyAllows(name, call), "\(name)\(call) with \(capabilities)")
                }
            }
        }
    }

    /// Where a plain container is held tighter than podman's, with any arguments at all.
    @Test func theDifferencesAreThese() throws {
        let (ours, podmans) = (try ours(Self.standard), try podmans(Self.standard))
        let tighter = podmans.rules.keys.filter { name in
            calls(name, [ours, podmans]).contains {
                podmans.surelyAllows(name, $0) && !ours.mayAllow(name, $0)
            }
        }
        #expect(
            tighter.sorted() == [
                "clone", "clone3", "fsconfig", "fsmount", "fsopen", "fspick", "keyctl", "mount",
                "mount_setattr",
                "move_mount", "open_tree", "pidfd_getfd", "pivot_root", "reboot", "socket", "socketcall",
                "syscall", "syslog", "umount", "umount2", "unshare",
            ])
    }

    @Test func ringsAndKeysAreNeverAllowed() throws {
        let all = try ours(Set(Self.names))
        for name in [
            "io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "add_key", "request_key",
            "keyctl", "kexec_load", "socketcall",
        ] {
            #expect(!all.mayAllow(name, [0, 0, 0, 0, 0, 0]), "\(name)")
        }
    }

    @Test func namespacesNeedTheirCapability() throws {
        let (plain, admin) = (try ours(Self.standard), try ours(["CAP_SYS_ADMIN"]))
        #expect(plain.mayAllow("clone", [0x11, 0, 0, 0, 0, 0]))
        for flag: UInt64 in [
            0x2_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000,
        ] {
            #expect(!plain.mayAllow("clone", [0x11 | flag, 0, 0, 0, 0, 0]))
            #expect(admin.mayAllow("clone", [0x11 | flag, 0, 0, 0, 0, 0]))
        }
        #expect(
            !plain.mayAllow("clone3", [0, 0, 0, 0, 0, 0]) && admin.mayAllow("clone3", [0, 0, 0, 0, 0, 0]))
        #expect(
            !plain.mayAllow("unshare", [0, 0, 0, 0, 0, 0]) && admin.mayAllow("unshare", [0, 0, 0, 0, 0, 0]))
    }

    @Test func socketsHaveFewFamilies() throws {
        let plain = try ours(Self.standard)
        let allowed = (0...64).filter { plain.mayAllow("socket", [UInt64($0), 1, 0, 0, 0, 0]) }
        #expect(allowed == [1, 2, 10, 16, 17])
        #expect(!plain.mayAllow("socket", [2 | 1 << 32, 1, 0, 0, 0, 0]))
        #expect(
            !plain.mayAllow("socket", [16, 3, 9, 0, 0, 0])
                && !plain.mayAllow("socket", [16, 3, 9 | 1 << 32, 0, 0, 0]))
        #expect(try ours(["CAP_AUDIT_WRITE"]).mayAllow("socket", [16, 3, 9, 0, 0, 0]))
    }

    /// Compiled filters are kept by these bytes.
    @Test func theBytesStandStill() throws {
        let bytes = SeccompProfile.standard(bits(Self.standard)).encoded()
        #expect(SeccompProfile.standard(bits(Self.standard)).encoded() == bytes)
        #expect(SeccompProfile.standard(bits(["CAP_SYS_CHROOT", "CAP_FOWNER"])).encoded() == bytes)
        #expect(SeccompProfile.standard(bits(["CAP_SYS_ADMIN"])).encoded() != bytes)
        let profile = try Seccomp.decode(SeccompSource(bytes: bytes))
        #expect(profile.defaultErrnoRet == 38 && profile.architectures.count == 3)
        for rule in profile.syscalls {
            for name in rule.names {
                #expect(name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "\(rule.names)")
            }
        }
    }

    @Test(arguments: [Set<String>(), standard, ["CAP_SYS_ADMIN", "CAP_AUDIT_WRITE"]])
    func filesOfOthersAreRead(capabilities: Set<String>) throws {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: Self.file)))
        let node = try SeccompProfile.read(bytes, bits(capabilities)).encoded()
        let read = Reading(try JSONSerialization.jsonObject(with: Data(node)), capabilities: [])
        let wanted = try podmans(capabilities)
        #expect(Set(read.rules.keys) == Set(wanted.rules.keys))
        for name in wanted.rules.keys {
            for call in calls(name, [wanted]) {
                #expect(read.surelyAllows(name, call) == wanted.surelyAllows(name, call), "\(name)\(call)")
            }
        }
        _ = try Seccomp.decode(SeccompSource(bytes: node))
    }

    @Test func filesOfTheSpecificationAreRead() throws {
        let text = """
            {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], "flags": [],
             "syscalls": [{"names": ["a", "b"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5},
                          {"name": "c", "action": "SCMP_ACT_KILL", "args": []}]}
            """
        let read = try SeccompProfile.read(Array(text.utf8), 0).encoded()
        #expect(
            String(decoding: read, as: UTF8.self)
                == "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[],"
                + "\"architectures\":[\"SCMP_ARCH_X86_64\"],"
                + "\"syscalls\":[{\"names\":[\"a\",\"b\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":5},"
                + "{\"names\":[\"c\"],\"action\":\"SCMP_ACT_KILL\",\"args\":[]}]}")
        for wrong in ["", "{}", "[]", "{\"defaultAction\":1}", "{\"defaultAction\":\"a\",\"syscalls\":[{}]}"]
        {
            #expect(throws: Wrong.self) { try SeccompProfile.read(Array(wrong.utf8), 0) }
        }
    }
}
