import Kernel

/// Why a verb failed, in words for a person.
public struct ContainerError: Error, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }

    static func absent(_ id: String) -> ContainerError {
        ContainerError("container \(id) does not exist")
    }
}

/// Where messages of a verb go while it works.
public struct Journal: Sendable {
    public var warn: @Sendable (String) -> Void
    public var debug: @Sendable (String) -> Void

    public init(warn: @escaping @Sendable (String) -> Void, debug: @escaping @Sendable (String) -> Void) {
        self.warn = warn
        self.debug = debug
    }
}
