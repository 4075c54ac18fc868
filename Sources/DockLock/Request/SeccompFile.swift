import JSON
import OCI
import Verbs

extension SeccompProfile {
    /// A profile of docker's and podman's form, or of the runtime specification's: rules for other
    /// capabilities, architectures and kernels are left out.
    static func read(_ bytes: [UInt8], _ capabilities: UInt64) throws(Wrong) -> JSONNode {
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(bytes)
        } catch {
            throw Wrong("\(error)")
        }
        guard let action = json["defaultAction"]?.string else { throw Wrong("defaultAction is missing") }
        var members: [JSONNode.Member] = [.init("defaultAction", .string(action))]
        for key in ["defaultErrnoRet", "flags", "listenerPath", "listenerMetadata"] {
            if let value = json[key: key], !value.isNull { members.append(.init(key, JSONNode(value))) }
        }
        members.append(.init("architectures", architectures(json)))
        var rules: [JSONNode] = []
        for (index, rule) in (json["syscalls"]?.elements.map(\.self) ?? []).enumerated() {
            guard applies(rule, capabilities) else { continue }
            guard let node = node(rule) else { throw Wrong("syscalls[\(index)] lacks names or an action") }
            rules.append(node)
        }
        members.append(.init("syscalls", .array(rules)))
        return .object(members)
    }

    private static func architectures(_ json: JSON) -> JSONNode {
        if let given = json["architectures"], given.kind == .array { return JSONNode(given) }
        let own = native.architectures[0]
        let map = json["archMap"]?.elements.first { $0["architecture"]?.string == own }
        guard let map else { return .strings(native.architectures) }
        return .strings([own] + (map["subArchitectures"]?.elements.compactMap(\.string) ?? []))
    }

    /// Whether a rule is for this container: `includes` asks for all of its capabilities, `excludes` for none
    /// of them. Every kernel that the runtime works on is new enough for any `minKernel` in use.
    private static func applies(_ rule: JSON, _ capabilities: UInt64) -> Bool {
        if let wanted = rule["includes"] {
            let arches = list(wanted["arches"])
            guard arches.isEmpty || arches.contains(native.name.description),
                list(wanted["caps"]).allSatisfy({ has($0, capabilities) })
            else { return false }
        }
        guard let unwanted = rule["excludes"] else { return true }
        return !list(unwanted["arches"]).contains(native.name.description)
            && !list(unwanted["caps"]).contains { has($0, capabilities) } && unwanted["minKernel"] == nil
    }

    private static func has(_ name: String, _ capabilities: UInt64) -> Bool {
        guard let number = Words.capabilities.firstIndex(where: { $0.description == name }) else {
            return false
        }
        return capabilities >> UInt64(number) & 1 == 1
    }

    private static func list(_ json: JSON?) -> [String] { json?.elements.compactMap(\.string) ?? [] }

    private static func node(_ rule: JSON) -> JSONNode? {
        let names = rule["name"]?.string.map { [$0] } ?? list(rule["names"])
        guard !names.isEmpty, let action = rule["action"]?.string else { return nil }
        var members: [JSONNode.Member] = [.init("names", .strings(names)), .init("action", .string(action))]
        if let errno = rule["errnoRet"], !errno.isNull { members.append(.init("errnoRet", JSONNode(errno))) }
        if let arguments = rule["args"], arguments.kind == .array {
            members.append(.init("args", JSONNode(arguments)))
        }
        return .object(members)
    }
}
