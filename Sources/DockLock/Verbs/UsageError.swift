/// Why a command line is refused. The process ends with status 1, as crun's and runc's do.
public struct UsageError: Error, Equatable, CustomStringConvertible {
    /// Names the flag or the operand, what was wrong with it, and the nearest word that is known.
    public var problem: String
    /// The verb whose help tells more; nil before a verb was found.
    public var verb: String?

    public init(_ problem: String, verb: String? = nil) {
        self.problem = problem
        self.verb = verb
    }

    public var description: String {
        problem + (verb.map { "; see docklock \($0) --help" } ?? "; see docklock --help")
    }
}
