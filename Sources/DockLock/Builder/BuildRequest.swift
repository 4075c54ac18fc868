import Containerfile
import Manifest

/// What a build is asked for.
public struct BuildRequest: Sendable {
    /// The directory that is copied from; absolute.
    public var context: String
    /// The Containerfile; nil for the one in the context.
    public var file: String?
    public var references: [Reference] = []
    public var arguments = BuildArguments()
    /// A stage's name or number; nil for the last.
    public var target: String?
    public var usesCache = true
    public var labels: [Pair] = []
    /// What steps may reach that do not say it themselves.
    public var network = BuildNetwork.standard
    /// Seconds since 1970: no time in the image is later, so that the same build makes the same bytes. nil
    /// for times as they are.
    public var timeMax: Int64?
    /// Now, in seconds since 1970.
    public var now: Int64
    /// The static program, which runs containers; absolute.
    public var program: String
    /// The directory of states of containers; nil for the program's own.
    public var stateRoot: String?
    /// This program, as documents name it: `docklock-0.1.0`.
    public var tool: String
    /// Whether what steps print is shown only where one fails.
    public var isQuiet = false
    /// Brings an image that is named and not stored, and says why where it cannot; nil where none can be.
    public var obtain: (@Sendable (_ name: String) throws -> Void)?
    /// Whether images are brought that are stored already, since there may be newer ones.
    public var isFresh = false

    public init(context: String, now: Int64, program: String, tool: String) {
        self.context = context
        self.now = now
        self.program = program
        self.tool = tool
    }
}

/// Why an image cannot be built.
public struct BuildError: Error, Equatable, CustomStringConvertible {
    public var description: String
    /// The exit status that fits: of a step's program, its own.
    public var status: Int32

    public init(_ description: String, status: Int32 = 1) {
        self.description = description
        self.status = status
    }
}
