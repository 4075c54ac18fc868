/// Why a document of an image, or a reference to one, is refused: the member that is wrong, as a path from
/// the top of the document (`layers[2].digest`; empty for the whole of it), and what is wrong with it.
public struct ManifestError: Error, Equatable, CustomStringConvertible {
    public var path: String
    public var problem: String

    public init(path: String = "", problem: String) {
        self.path = path
        self.problem = problem
    }

    public var description: String { path.isEmpty ? problem : "\(path): \(problem)" }

    func within(_ step: String) -> ManifestError {
        guard !path.isEmpty else { return ManifestError(path: step, problem: problem) }
        return ManifestError(path: path.hasPrefix("[") ? step + path : "\(step).\(path)", problem: problem)
    }
}
