import JSON
import OCI
import Report

/// What goes to a seccomp agent beside the listener: the specification's containerProcessState.
enum Listening {
    static func payload(_ spec: Spec, _ state: ContainerState, pid: Int32) -> [UInt8] {
        var members: [JSONNode.Member] = [
            .init("ociVersion", .string(ContainerState.ociVersion)), .init("fds", .strings(["seccompFd"])),
            .init("pid", .int(Int64(pid))),
        ]
        if let metadata = spec.linux.seccomp?.listenerMetadata {
            members.append(.init("metadata", .string(metadata)))
        }
        members.append(.init("state", state.hookNode))
        return JSONNode.object(members).encoded()
    }
}
