import JSON

/// `linux.seccomp` of a container.
enum SeccompProfile {
    /// The default profile for a bounding set. The same set gives the same bytes, so that a compiled filter
    /// is found again.
    static func standard(_ capabilities: UInt64) -> JSONNode {
        var rules = [rule(SeccompTable.denied, errno: 1), rule(SeccompTable.allowed)]
        rules.append(rule(native.allowed))
        for group in SeccompTable.capable {
            let has = capabilities >> group.capability & 1 == 1
            rules.append(has ? rule(group.names) : rule(group.names, errno: 1))
        }
        if capabilities >> SeccompTable.administration & 1 == 1 {
            rules.append(rule("clone clone3"))
        } else {
            // clone3's flags lie in memory, out of a filter's sight: ENOSYS makes libraries take clone.
            rules.append(rule("clone", [(0, "SCMP_CMP_MASKED_EQ", SeccompTable.namespaceFlags, 0)]))
        }
        for personality in SeccompTable.personalities {
            rules.append(rule("personality", [equal(0, personality)]))
        }
        for family in SeccompTable.families { rules.append(rule("socket", [equal(0, family)])) }
        let netlink = equal(0, SeccompTable.netlink)
        rules.append(rule("socket", [netlink, (2, "SCMP_CMP_LT", SeccompTable.audit, 0)]))
        let mayAudit = capabilities >> SeccompTable.auditing & 1 == 1
        for number in SeccompTable.netlinkProtocols + (mayAudit ? [SeccompTable.audit] : []) {
            rules.append(rule("socket", [netlink, equal(2, number)]))
        }
        return [
            "defaultAction": .string("SCMP_ACT_ERRNO"), "defaultErrnoRet": .int(38),
            "architectures": .strings(native.architectures), "syscalls": .array(rules),
        ]
    }

    private typealias Argument = (index: Int64, comparison: String, value: UInt64, valueTwo: UInt64)

    private static func equal(_ index: Int64, _ value: UInt64) -> Argument {
        (index, "SCMP_CMP_EQ", value, 0)
    }

    private static func rule(
        _ names: StaticString, _ arguments: [Argument] = [], errno: Int64? = nil
    ) -> JSONNode {
        var members: [JSONNode.Member] = [.init("names", .raw(list(names)))]
        members.append(.init("action", .string(errno == nil ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO")))
        if let errno { members.append(.init("errnoRet", .int(errno))) }
        guard !arguments.isEmpty else { return .object(members) }
        let nodes = arguments.map { argument in
            JSONNode.object([
                .init("index", .int(argument.index)), .init("value", .uint(argument.value)),
                .init("valueTwo", .uint(argument.valueTwo)), .init("op", .string(argument.comparison)),
            ])
        }
        members.append(.init("args", .array(nodes)))
        return .object(members)
    }

    /// Words as an array of JSON: no text is made for each of the 400.
    private static func list(_ names: StaticString) -> [UInt8] {
        var bytes = Array("[\"".utf8)
        bytes.reserveCapacity(names.utf8CodeUnitCount * 2)
        names.withUTF8Buffer { text in
            for byte in text {
                if byte == UInt8(ascii: " ") {
                    bytes.append(contentsOf: "\",\"".utf8)
                } else {
                    bytes.append(byte)
                }
            }
        }
        bytes.append(contentsOf: "\"]".utf8)
        return bytes
    }

    struct Native {
        /// As Go and the profiles of docker and podman write it.
        let name: StaticString
        let architectures: [String]
        let allowed: StaticString
    }

    #if arch(arm64)
        static let native = Native(
            name: "arm64", architectures: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
            allowed: SeccompTable.allowedOnARM)
    #else
        static let native = Native(
            name: "amd64", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            allowed: SeccompTable.allowedOnX86)
    #endif
}
