/// Why a text is no address, port or network: a sentence for the user that names what was given.
public struct AddressError: Error, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
