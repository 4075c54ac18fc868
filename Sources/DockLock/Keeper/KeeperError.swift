/// Why a container could not be started or kept, in words for a person.
public struct KeeperError: Error, Equatable, CustomStringConvertible {
    public var description: String
    /// The exit status that docker and podman give for it: 125 of the runtime, 126 a program that cannot be
    /// run, 127 a program that is not there.
    public var status: Int32

    public init(_ description: String, status: Int32 = 125) {
        self.description = description
        self.status = status
    }
}
