/// Why criu could not be talked to, in words for a person.
public struct CriuError: Error, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
