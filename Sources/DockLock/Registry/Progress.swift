import Digest

/// What becomes of the parts of an image while it is pulled or pushed, for whoever shows it.
public enum Progress: Sendable, Equatable {
    /// It is there already, on the side where it is to be.
    case present(Digest)
    /// It waits for its turn; so many bytes are to come.
    case waiting(Digest, size: Int64)
    /// So many bytes went by.
    case moved(Digest, bytes: Int64, of: Int64)
    /// All bytes went by.
    case complete(Digest)
    /// It was found in another repository of the registry, and is there without being sent.
    case mounted(Digest, from: String)
    /// A mirror failed, and the next place is asked.
    case passedOver(registry: String, reason: String)
}

/// Shows progress: called from several tasks, never at once for one digest.
public typealias Show = @Sendable (Progress) -> Void
