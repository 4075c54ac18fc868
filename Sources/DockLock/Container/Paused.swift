import Cgroups

extension Dock {
    /// Whether a container is frozen.
    public func isPaused(_ id: String) throws -> Bool {
        let folder = try store.open(id)
        return try folder.record().status(in: folder) == .paused
    }
}
