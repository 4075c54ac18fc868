import OCI

@testable import Plan

/// Configurations as text, and plans as lists that a person can read.
enum Documents {
    /// A container with `members` added to those every configuration needs, and `linux` to its Linux part.
    static func spec(_ members: String = "", linux: String = "", process: String = "") throws -> Spec {
        let text = """
            {"ociVersion": "1.3.0", "root": {"path": "rootfs"},
             "process": {"args": ["/bin/job", "now"], "env": ["HOME=/"], "cwd": "/",
                         "user": {"uid": 0, "gid": 0}\(process.isEmpty ? "" : ", " + process)}
             \(members.isEmpty ? "" : ", " + members),
             "linux": {\(linux)}}
            """
        return try Spec.decode(Array(text.utf8))
    }

    static let isolated = """
        "namespaces": [
          {"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"},
                       {"type": "cgroup"}]
        """

    static var around: Surroundings {
        var around = Surroundings()
        around.rootfs = "/bundle/rootfs"
        around.bundle = "/bundle"
        return around
    }

    static func plan(
        _ spec: Spec, around: Surroundings = around, filter: PlannedFilter? = nil
    ) throws -> Plan {
        try Plan.create(spec, process: spec.process ?? ProcessSpec(), around: around, filter: filter)
    }
}

extension Plan {
    /// The steps in words, without their numbers.
    var words: [String] {
        steps.indices.map { index in
            let text = describe(step: index)
            return String(text[text.index(text.firstIndex(of: ",") ?? text.startIndex, offsetBy: 2)...])
        }
    }

    /// The only step of an operation.
    func only(_ operation: Operation) -> Step? {
        let found = steps.filter { $0.operation == operation }
        return found.count == 1 ? found[0] : nil
    }
}
