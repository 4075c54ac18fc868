import Verbs

extension Dock {
    public func checkpoint(_ options: CheckpointOptions) throws { throw ContainerError("x") }
    public func restore(_ options: RestoreOptions) throws -> Int32 { throw ContainerError("x") }
}
