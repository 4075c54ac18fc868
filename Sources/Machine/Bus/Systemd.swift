import Glibc
import Kernel

/// systemd's manager of units, asked over D-Bus.
public struct Systemd: ~Copyable {
    private var bus: BusConnection
    /// Nil on systemd's own socket, where nobody else listens.
    private let destination: String?

    private static let path = "/org/freedesktop/systemd1"
    private static let manager = "org.freedesktop.systemd1.Manager"

    /// Introduces itself to the bus, and asks for the signals that tell of jobs. `isPrivate` says that
    /// systemd itself is at the other end, not a message bus.
    public init(_ bus: consuming BusConnection, isPrivate: Bool) throws(BusError) {
        var bus = bus
        destination = isPrivate ? nil : "org.freedesktop.systemd1"
        if !isPrivate {
            let name = "org.freedesktop.DBus"
            let path = "/org/freedesktop/DBus"
            _ = try bus.call(.call(name, path, name, "Hello"))
            let rule =
                "type='signal',sender='org.freedesktop.systemd1',path='" + Systemd.path + "',interface='"
                + Systemd.manager + "',member='JobRemoved'"
            _ = try bus.call(.call(name, path, name, "AddMatch", [.string(rule)]))
        }
        _ = try bus.call(.call(destination, Systemd.path, Systemd.manager, "Subscribe"))
        self.bus = bus
    }

    /// The system's manager: by the system bus, else by systemd's own socket.
    public static func system() throws(BusError) -> Systemd {
        do {
            return try Systemd(try BusConnection.connect("/run/dbus/system_bus_socket"), isPrivate: false)
        } catch {
            guard Files.exists("/run/systemd/private") else { throw error }
            return try Systemd(try BusConnection.connect("/run/systemd/private"), isPrivate: true)
        }
    }

    /// A user's manager: by the address in DBUS_SESSION_BUS_ADDRESS, else by the sockets in
    /// XDG_RUNTIME_DIR.
    public static func user(address: String?, runtimeDirectory: String?) throws(BusError) -> Systemd {
        if let path = address.flatMap({ socketPath(address: $0) }) {
            return try Systemd(try BusConnection.connect(path), isPrivate: false)
        }
        guard let runtimeDirectory, !runtimeDirectory.isEmpty else {
            throw .unwelcome("neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR names a user's bus")
        }
        do {
            return try Systemd(try BusConnection.connect(runtimeDirectory + "/bus"), isPrivate: false)
        } catch {
            let own = runtimeDirectory + "/systemd/private"
            guard Files.exists(own) else { throw error }
            return try Systemd(try BusConnection.connect(own), isPrivate: true)
        }
    }

    /// The socket that an address like `unix:path=/run/user/1000/bus,guid=…` names; the first of several
    /// that names one. An abstract name begins with NUL.
    static func socketPath(address: String) -> String? {
        for entry in address.split(separator: ";") {
            guard entry.hasPrefix("unix:") else { continue }
            for pair in entry.dropFirst(5).split(separator: ",") {
                if pair.hasPrefix("path=") { return unescaped(pair.dropFirst(5)) }
                if pair.hasPrefix("abstract=") { return unescaped(pair.dropFirst(9)).map { "\0" + $0 } }
            }
        }
        return nil
    }

    /// `%2d` stands for a byte; nil where it is broken, and for NUL.
    private static func unescaped(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == 0x25 else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16), value != 0 else { return nil }
            bytes.append(value)
            rest.removeFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Starts a transient unit and waits until its job is done. One of that name that has failed earlier
    /// is forgotten first.
    public mutating func start(_ unit: String, properties: [BusValue]) throws(BusError) {
        let body: [BusValue] = [
            .string(unit), .string("replace"), .array(of: "(sv)", properties), .array(of: "(sa(sv))", []),
        ]
        let answer: BusMessage
        do {
            answer = try call("StartTransientUnit", body)
        } catch BusError.refused(name: "org.freedesktop.systemd1.UnitExists", _) {
            resetFailed(unit)
            answer = try call("StartTransientUnit", body)
        }
        try finish(answer, unit: unit, verb: "start")
    }

    /// Stops a unit and waits until it is gone. An unknown one is no error.
    public mutating func stop(_ unit: String) throws(BusError) {
        let answer: BusMessage
        do {
            answer = try call("StopUnit", [.string(unit), .string("replace")])
        } catch BusError.refused(name: "org.freedesktop.systemd1.NoSuchUnit", _) {
            return
        }
        try finish(answer, unit: unit, verb: "stop")
    }

    /// Forgets that a unit failed, so that its name is free again; one that did not is no error.
    public mutating func resetFailed(_ unit: String) {
        _ = try? call("ResetFailedUnit", [.string(unit)])
    }

    /// Changes properties of a unit until it ends.
    public mutating func set(_ unit: String, properties: [BusValue]) throws(BusError) {
        _ = try call(
            "SetUnitProperties", [.string(unit), .boolean(true), .array(of: "(sv)", properties)])
    }

    private mutating func call(_ member: String, _ body: [BusValue]) throws(BusError) -> BusMessage {
        try bus.call(.call(destination, Systemd.path, Systemd.manager, member, body))
    }

    /// Waits for the job that `answer` names. Its signal may have come before the answer.
    private mutating func finish(_ answer: BusMessage, unit: String, verb: String) throws(BusError) {
        guard case .path(let job)? = answer.body.first else { throw .malformed("no job was named") }
        // JobRemoved: id, job, unit, result.
        let removed = try bus.signal { message in
            message.member == "JobRemoved" && message.interface == Systemd.manager
                && message.body.count == 4 && message.body[1] == .path(job)
        }
        let result = removed.body[3].text ?? ""
        guard result == "done" else {
            throw .refused(name: result, message: "systemd could not " + verb + " " + unit + ": " + result)
        }
    }
}
