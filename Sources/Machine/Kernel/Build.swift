import CKernel

/// What this program was built from.
public enum Build {
    /// The commit, with `-dirty` where files differed from it; nil where the build was not told.
    public static var commit: String? { dl_commit().map { String(cString: $0) } }
}
