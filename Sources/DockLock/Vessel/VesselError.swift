/// Why something asked of a user's container could not be done, and the exit status that says so: 125 and 1
/// as docker and podman use them.
public struct VesselError: Error, Equatable, CustomStringConvertible {
    public var description: String
    public var status: Int32

    public init(_ description: String, status: Int32 = 125) {
        self.description = description
        self.status = status
    }

    static func absent(_ name: String) -> VesselError {
        VesselError("no such container: \(name)", status: 1)
    }
}
