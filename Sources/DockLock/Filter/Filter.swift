import OCI

/// A seccomp filter as seccomp(2) takes it.
public struct CompiledFilter: Sendable, Equatable {
    /// An array of `struct sock_filter`, 8 bytes each, in the machine's byte order; at most 4096.
    public var program: [UInt8]
    /// SECCOMP_FILTER_FLAG_* of the profile. NEW_LISTENER is not among them: see `notifies`.
    public var flags: UInt32
    /// Whether a rule asks a listener, so that the filter must be installed with NEW_LISTENER.
    public var notifies: Bool

    public init(program: [UInt8], flags: UInt32, notifies: Bool) {
        self.program = program
        self.flags = flags
        self.notifies = notifies
    }
}

/// From `linux.seccomp` to a program for the kernel.
///
/// Compiling an engine's default profile takes libseccomp ten milliseconds, several times what a
/// whole container costs, and hosts use few profiles: so programs are kept under the bytes of the
/// profile, and a known one costs the reading of a file.
public enum Filter {
    /// The program of a profile: from the cache where the same bytes were compiled before, else
    /// through libseccomp.
    ///
    /// - Parameters:
    ///   - source: `linux.seccomp` as it stands in the file.
    ///   - cache: the cache's directory, made where it is missing; nil means none. One that is not
    ///     a directory of the effective user's that no other may enter is not used.
    ///   - warn: takes what a debug log should know (system calls that libseccomp does not know). Not
    ///     called for a cached program.
    /// - Throws: SpecError for a bad profile, SystemError where the kernel refuses.
    public static func compile(
        _ source: SeccompSource, cache: String?, warn: (String) -> Void
    ) throws -> CompiledFilter {
        guard let directory = cache, let shelf = FilterCache(directory) else {
            return try compile(Seccomp.decode(source), warn: warn)
        }
        if let known = shelf.find(source.bytes) { return known }
        let compiled = try compile(Seccomp.decode(source), warn: warn)
        shelf.store(compiled, for: source.bytes)
        return compiled
    }

    /// The program of a decoded profile, through libseccomp.
    ///
    /// - Throws: SpecError for a bad profile, SystemError where the kernel refuses.
    public static func compile(
        _ seccomp: Seccomp, warn: (String) -> Void
    ) throws -> CompiledFilter {
        try compile(seccomp, layout: .ranges, warn: warn)
    }
}
