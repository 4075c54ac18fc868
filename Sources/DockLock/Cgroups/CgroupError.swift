/// Why a cgroup could not be made, limited or removed, in words for a person.
public struct CgroupError: Error, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}
