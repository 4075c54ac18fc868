/// A name with what it is set to; both as they were written, with quotes and variables.
public struct Assignment: Sendable, Equatable {
    public var name: String
    /// nil for an `ARG` without a default.
    public var value: String?
}

/// A command: words to execute, or a line for the shell.
public enum CommandForm: Sendable, Equatable {
    case exec([String])
    case shell(String)
}

/// `COPY` or `ADD`; names and flags as they were written, with variables.
public struct CopyInstruction: Sendable, Equatable {
    /// `ADD`, which unpacks archives.
    public var isAdd = false
    /// A stage, by its name or number, or an image.
    public var from: String?
    public var chown: String?
    public var chmod: String?
    /// Never empty, but where there are documents.
    public var sources: [String] = []
    public var documents: [HereDocument] = []
    public var destination = ""
}

/// What a step that runs a program may reach.
public enum BuildNetwork: String, Sendable, CaseIterable {
    case standard = "default"
    case none
    case host
}

/// One instruction of a stage.
public struct Instruction: Sendable, Equatable {
    public enum Body: Sendable, Equatable {
        case arg([Assignment])
        case env([Assignment])
        case label([Assignment])
        case run(CommandForm, network: BuildNetwork?)
        case copy(CopyInstruction)
        case cmd(CommandForm)
        case entrypoint(CommandForm)
        case shell([String])
        case expose(String)
        case volume([String])
        case user(String)
        case workdir(String)
        case stopSignal(String)
        case healthcheck(HealthInstruction)
    }

    /// Where it begins, from 1.
    public var line: Int
    /// As it was written, in one line.
    public var text: String
    public var body: Body

    /// `RUN`, `COPY`, ...
    public var name: String { text.prefix { $0 != " " && $0 != "\t" }.uppercased() }
}

/// `HEALTHCHECK`; times are nanoseconds, 0 where they were not given.
public struct HealthInstruction: Sendable, Equatable {
    /// nil for `NONE`.
    public var command: CommandForm?
    public var intervalNanos: Int64 = 0
    public var timeoutNanos: Int64 = 0
    public var startPeriodNanos: Int64 = 0
    public var startIntervalNanos: Int64 = 0
    public var retries: Int64 = 0
}
