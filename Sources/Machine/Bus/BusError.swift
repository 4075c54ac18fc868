import Kernel

/// Why a conversation over D-Bus failed.
public enum BusError: Error, Equatable, CustomStringConvertible {
    /// The other side answered with an error: its name and its words.
    case refused(name: String, message: String)
    /// The other side sent bytes that are no message.
    case malformed(String)
    /// The other side did not let us in.
    case unwelcome(String)
    /// The connection ended.
    case closed
    /// No answer came within the time that was given.
    case silent
    case system(SystemError)

    public var description: String {
        switch self {
        case .refused(let name, let message): "D-Bus: " + (message.isEmpty ? name : message)
        case .malformed(let problem): "D-Bus: malformed message: " + problem
        case .unwelcome(let line): "D-Bus: authentication failed: " + line
        case .closed: "D-Bus: the connection was closed"
        case .silent: "D-Bus: no answer came in time"
        case .system(let error): "D-Bus: " + error.description
        }
    }
}
