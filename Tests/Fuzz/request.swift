// rooms: JSON OCI Verbs Request
import JSON
import OCI
import Request
import Verbs

/// The input is a person's command line, its arguments split at NUL; its bytes are also the files that a
/// command line can name.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRequest(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    let arguments = input.split(separator: 0, omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
    }
    let found = Language.of(
        arguments, Witness(hasConfiguration: { count % 2 == 0 }, isUsers: { $0.utf8.count % 2 == 0 }))
    precondition(found.verb <= arguments.count)
    do throws(UsageError) {
        switch try UserLine.parse(arguments) {
        case .run(let request), .create(let request): configure(request, input)
        case .help(let verb): precondition(!UserLine.help(verb).isEmpty)
        default: break
        }
    } catch {
        precondition(!error.problem.isEmpty)
    }
    _ = try? EnvironmentEntry.read(file: "f", input)
    _ = try? Setting.read(labelFile: "f", input)
    return 0
}

/// What is accepted becomes JSON that the runtime can read; it may still refuse what it says.
private func configure(_ request: ContainerRequest, _ input: [UInt8]) {
    var image = ImageConfiguration()
    image.command = ["true"]
    image.volumes = [String(decoding: input.prefix(20), as: UTF8.self)]
    var premises = Premises()
    premises.passwd = input
    premises.group = input
    premises.seccomp = input
    premises.id = "abc"
    premises.uidMap = [IDMapping(containerID: 0, hostID: 1, size: 2)]
    premises.gidMap = premises.uidMap
    do throws(UsageError) {
        var completed = try request.completed(by: image)
        for index in completed.mounts.indices {
            guard case .volume(let name) = completed.mounts[index].source else { continue }
            completed.mounts[index].source = .volume(name ?? "nameless")
            premises.volumes[name ?? "nameless"] = "/v"
        }
        let bytes = try Configuration(completed, image: image, premises: premises).encoded()
        do {
            _ = try JSON.parse(bytes)
        } catch {
            preconditionFailure("the configuration is no JSON: \(error)")
        }
        if let spec = try? Spec.decode(bytes) { precondition(spec.root?.path == "rootfs") }
    } catch {
        precondition(!error.problem.isEmpty)
    }
}
