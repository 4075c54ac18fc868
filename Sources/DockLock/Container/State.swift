import JSON
import OCI
import Report

/// The version of the specification that this runtime implements.
enum OCIVersion {
    static let text = "1.3.0"
}

/// The specification's state of a container, as hooks get it on stdin.
enum State {
    static func node(_ record: Record, _ status: Status, pid: Int32) -> JSONNode {
        .object([
            .init("ociVersion", .string(OCIVersion.text)), .init("id", .string(record.id)),
            .init("status", .string(status.rawValue)), .init("pid", .int(Int64(pid))),
            .init("bundle", .string(record.bundle)),
            .init("annotations", .object(record.annotations.map { .init($0.key, .string($0.value)) })),
        ])
    }
}
