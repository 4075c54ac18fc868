import JSON
import OCI

/// What a container is doing, in the specification's words and the engines' `paused`.
public enum Status: String, Sendable, CaseIterable {
    case creating, created, running, stopped, paused
}

/// The state of a container: what `state` prints, `list` gathers and hooks read.
public struct ContainerState: Sendable, Equatable {
    /// The version of the specification that these documents follow.
    public static let ociVersion = "1.3.0"

    public var id: String
    public var status: Status
    /// The first process as the host sees it; 0 where there is none.
    public var pid: Int32
    /// Absolute.
    public var bundle: String
    public var annotations: [Annotation] = []
    /// Absolute.
    public var rootfs = ""
    /// RFC 3339, see `timestamp`.
    public var created = ""
    /// The name of the user who made it.
    public var owner = ""
    /// The systemd unit that holds it, where there is one.
    public var systemdScope: String?

    public init(id: String, status: Status, pid: Int32, bundle: String) {
        self.id = id
        self.status = status
        self.pid = pid
        self.bundle = bundle
    }

    /// The state as the specification knows it: for hooks, on their standard input, and for a seccomp
    /// listener.
    public var hookNode: JSONNode {
        var members: [JSONNode.Member] = [
            .init("ociVersion", .string(ContainerState.ociVersion)),
            .init("id", .string(id)),
            .init("status", .string(status.rawValue)),
            .init("pid", .int(Int64(pid))),
            .init("bundle", .string(bundle)),
        ]
        if !annotations.isEmpty { members.append(.init("annotations", annotationsNode)) }
        return .object(members)
    }

    /// The state as `state` prints it: the members of runc's and of crun's.
    public var node: JSONNode {
        var members: [JSONNode.Member] = [
            .init("ociVersion", .string(ContainerState.ociVersion)),
            .init("id", .string(id)),
            .init("pid", .int(Int64(pid))),
            .init("status", .string(status.rawValue)),
            .init("bundle", .string(bundle)),
            .init("rootfs", .string(rootfs)),
            .init("created", .string(created)),
        ]
        if let systemdScope { members.append(.init("systemd-scope", .string(systemdScope))) }
        if !annotations.isEmpty { members.append(.init("annotations", annotationsNode)) }
        members.append(.init("owner", .string(owner)))
        return .object(members)
    }

    private var annotationsNode: JSONNode {
        .object(annotations.map { JSONNode.Member($0.key, .string($0.value)) })
    }

    /// A moment since 1970 in UTC, as `2026-01-31T08:05:09.000000123Z`.
    public static func timestamp(seconds: Int64, nanoseconds: Int64) -> String {
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let second = seconds - day * 86_400
        // Counted from 1 March 0000, so that a leap day ends its year; 400 years have 146,097 days.
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        var text = padded(year, 4) + "-" + padded(month, 2)
        text += "-" + padded(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, 2)
        text += "T" + padded(second / 3600, 2) + ":" + padded(second / 60 % 60, 2)
        return text + ":" + padded(second % 60, 2) + "." + padded(nanoseconds, 9) + "Z"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
