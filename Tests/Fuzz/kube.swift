// rooms: JSON YAML Pod Kube
import JSON
import Kube
import Pod
import YAML

/// The input is a file that `docklock vpod play` is given.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzKube(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    var limits = YAMLLimits()
    limits.nodes = 20_000
    limits.text = 1 << 20
    let documents: [JSONNode]
    do throws(YAMLError) {
        documents = try YAML.documents(input, limits: limits)
    } catch {
        precondition(!error.description.isEmpty)
        return 0
    }
    for document in documents {
        do {
            _ = try JSON.parse(document.encoded(), limits: .init(depth: 128, bytes: 64 << 20))
        } catch {
            preconditionFailure("what YAML became is no JSON: \(error)")
        }
    }
    do throws(KubeError) {
        let host = KubeHost(name: "host", processors: 2, memory: 1 << 30)
        for pod in try Kube.plan(documents, host: host).pods { check(pod) }
    } catch {
        precondition(!error.description.isEmpty)
    }
    return 0
}

/// What is accepted keeps within its volumes, and can be written down and read again.
private func check(_ pod: PlannedPod) {
    var record = PodRecord()
    record.name = pod.name
    record.request = pod.request
    record.volumes = pod.volumes
    do {
        _ = try PodRecord(decoding: record.node.encoded())
    } catch {
        preconditionFailure("\(error)")
    }
    for path in pod.files.map(\.path) + pod.containers.flatMap({ $0.mounts.map(\.subPath) }) {
        precondition(!path.hasPrefix("/") && !path.split(separator: "/").contains(".."))
    }
    for container in pod.containers {
        precondition(!container.image.hasPrefix("-") && !container.name.utf8.contains(0x2F))
        precondition(!(container.flags + container.command).contains { $0.utf8.contains(0) })
    }
}
