import JSON
import Pod
import Testing

@testable import Kube

/// Documents as trees: YAML is another room's matter, and every JSON is a document, too.
enum Plans {
    static let host = KubeHost(name: "node", processors: 4, memory: 8 << 30)

    static func plan(_ texts: String...) throws -> KubePlan {
        let documents = try texts.map { JSONNode(try JSON.parse(Array($0.utf8))) }
        return try Kube.plan(documents, host: host)
    }

    /// A Pod with one container; `container` are further members of it, `spec` further ones of the Pod's.
    static func pod(_ container: String = "", spec: String = "", metadata: String = "") -> String {
        let own = container.isEmpty ? "" : ", " + container
        let more = spec.isEmpty ? "" : ", " + spec
        let names = metadata.isEmpty ? "" : ", " + metadata
        return """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"\(names)},
             "spec": {"containers": [{"name": "a", "image": "app"\(own)}]\(more)}}
            """
    }

    static func container(_ members: String = "", spec: String = "") throws -> PlannedContainer {
        try #require(try plan(pod(members, spec: spec)).pods.first?.containers.last)
    }

    /// What a refusal says.
    static func problem(_ texts: String...) -> String {
        do {
            let documents = try texts.map { JSONNode(try JSON.parse(Array($0.utf8))) }
            return "taken: \(try Kube.plan(documents, host: host))"
        } catch {
            return "\(error)"
        }
    }
}

extension [String] {
    /// Whether one word stands right before the other.
    func has(_ first: String, _ second: String) -> Bool {
        indices.dropLast().contains { self[$0] == first && self[$0 + 1] == second }
    }
}
