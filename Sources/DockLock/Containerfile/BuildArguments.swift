import Manifest

/// What a build is told from outside, for the variables that `ARG` declares.
public struct BuildArguments: Sendable, Equatable {
    /// `--build-arg`, in the order given.
    public var given: [Pair]
    /// What the image is for, and what it is built on.
    public var platform: Platform

    public init(given: [Pair] = [], platform: Platform = .host) {
        self.given = given
        self.platform = platform
    }

    /// Variables that a step has without an `ARG`, and that no layer is told from another by.
    public static let proxies = [
        "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY",
        "no_proxy", "ALL_PROXY", "all_proxy",
    ]

    /// The variables of platforms, which an `ARG` without a default brings in, and which `FROM` sees.
    var platforms: [Pair] {
        ["TARGET", "BUILD"].flatMap { side in
            [
                Pair(side + "PLATFORM", platform.description), Pair(side + "OS", platform.os),
                Pair(side + "ARCH", platform.architecture), Pair(side + "VARIANT", platform.variant),
            ]
        }
    }

    /// Variables of `given` that a file declares nowhere: most likely mistyped.
    public func unused(in file: Containerfile) -> [String] {
        var declared = Set(Self.proxies + ["SOURCE_DATE_EPOCH"])
        for global in file.globals { declared.insert(global.1.name) }
        for instruction in file.stages.flatMap(\.instructions) {
            if case .arg(let assignments) = instruction.body { declared.formUnion(assignments.map(\.name)) }
        }
        return given.map(\.key).filter { !declared.contains($0) }
    }
}

/// The variables that `FROM` sees: those of the `ARG`s before the first one.
public struct GlobalArguments: Sendable {
    private let arguments: BuildArguments
    private let escape: Character
    private(set) var values: [Pair] = []

    public init(_ file: Containerfile, _ arguments: BuildArguments) throws(ContainerfileError) {
        self.arguments = arguments
        escape = file.escape
        for (line, assignment) in file.globals {
            var value = arguments.given[assignment.name]
            if value == nil, let given = assignment.value {
                value = try expand(given, line: line, instruction: "ARG")
            }
            values.set(assignment.name, value ?? arguments.platforms[assignment.name])
        }
    }

    private func expand(
        _ text: String, line: Int, instruction: String
    ) throws(ContainerfileError) -> String {
        let (values, platforms) = (values, arguments.platforms)
        do throws(ExpansionError) {
            return try Expansion.word(text, escape: escape) { values[$0] ?? platforms[$0] }
        } catch {
            throw ContainerfileError(line: line, instruction: instruction, error.problem)
        }
    }

    /// What a stage begins with. Refused is a platform other than the one that is built for.
    public func base(of stage: Containerfile.Stage) throws(ContainerfileError) -> String {
        func refuse(_ problem: String) -> ContainerfileError {
            ContainerfileError(line: stage.line, instruction: "FROM", problem)
        }
        if let written = stage.platform {
            let text = try expand(written, line: stage.line, instruction: "FROM")
            let platform: Platform
            do throws(ManifestError) {
                platform = try Platform(text)
            } catch {
                throw refuse("--platform: \(error)")
            }
            guard platform == arguments.platform else {
                throw refuse("images for \(platform) are not built here, only for \(arguments.platform)")
            }
        }
        let base = try expand(stage.base, line: stage.line, instruction: "FROM")
        guard !base.isEmpty else {
            throw refuse("\(ContainerfileError.shown(stage.base)) is empty: a variable of it is not set")
        }
        return base
    }
}
