import Addressing
import Kernel

/// What could not be wired, as a sentence for the user.
public struct WiringError: Error, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
