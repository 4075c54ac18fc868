// rooms: JSON OCI
import JSON
import OCI

/// The input is a config.json, the file of `exec --process`, or that of `update --resources`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzConfig(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    attempt { _ = try ProcessSpec.decode(input) }
    attempt { _ = try Resources.decode(input) }
    attempt {
        let spec = try Spec.decode(input)
        check(spec)
        if let source = spec.linux.seccomp { attempt { _ = try Seccomp.decode(source) } }
        try spec.validate()
        precondition(spec.process?.args.isEmpty == false && spec.root?.path.isEmpty == false)
        for setting in spec.linux.sysctl {
            precondition(!"/\(Sysctl.path(setting.key))/".contains("/../"))
        }
    }
    return 0
}

/// Runs `work`; what it throws must say something.
private func attempt(_ work: () throws -> Void) {
    do {
        try work()
    } catch let error as SpecError {
        precondition(!error.problem.isEmpty)
    } catch let error as JSONError {
        precondition(!error.reason.isEmpty)
    } catch {
        preconditionFailure("an error of no known kind")
    }
}

/// What every decoded configuration promises to the plan.
private func check(_ spec: Spec) {
    precondition(spec.ociVersion.hasPrefix("1."))
    for mount in spec.mounts {
        precondition(mount.destination.hasPrefix("/") && !mount.destination.utf8.contains(0))
        precondition(!(mount.source ?? "").utf8.contains(0))
    }
    for path in spec.linux.maskedPaths + spec.linux.readonlyPaths {
        precondition(path.hasPrefix("/") && !path.utf8.contains(0))
    }
    for mapping in spec.linux.uidMappings + spec.linux.gidMappings {
        precondition(mapping.size > 0 && UInt64(mapping.containerID) + UInt64(mapping.size) < 1 << 32)
    }
    precondition(Set(spec.linux.namespaces.map(\.kind.flag)).count == spec.linux.namespaces.count)
    for entry in spec.linux.resources?.unified ?? [] { precondition(!entry.key.contains("/")) }
    if let process = spec.process {
        precondition(process.cwd.hasPrefix("/") && process.user.uid != .max && process.user.gid != .max)
    }
}
