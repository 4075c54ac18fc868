/// Why something could not be done with images, and of which kind the reason is.
public struct ImageError: Error, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// Nothing has that name or id.
        case absent
        /// Several images begin with that id.
        case ambiguous
        /// A container, or another name, stands in the way.
        case conflict
        /// What is stored is not what its digest says, or cannot be read.
        case damaged
        /// What was given is not what it must be.
        case invalid
    }

    public var kind: Kind
    public var description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
