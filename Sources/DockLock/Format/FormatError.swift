/// Why a `--format` cannot be carried out.
public struct FormatError: Error, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
