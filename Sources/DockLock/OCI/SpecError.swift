/// Why a configuration is refused: the member that is wrong, as a path from the top of the file
/// (`linux.namespaces[2].type`), and what is wrong with it.
public struct SpecError: Error, Equatable, CustomStringConvertible {
    public var path: String
    public var problem: String

    public init(path: String, problem: String) {
        self.path = path
        self.problem = problem
    }

    public var description: String { path.isEmpty ? problem : "\(path): \(problem)" }
}
