import Verbs

@testable import Request

/// The words of a line, parted at spaces; a word between single quotes may hold them.
func spoken(_ line: String) -> [String] {
    var found: [String] = []
    for (index, piece) in line.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
        if index % 2 == 1 {
            found.append(String(piece))
        } else {
            found += piece.split(separator: " ").map(String.init)
        }
    }
    return found
}

/// The container of `run`'s flags, with an image and no command after them.
func container(_ flags: String) throws -> ContainerRequest {
    let verb = try UserLine.parse(["run"] + spoken(flags) + ["box"])
    guard case .run(let request) = verb else { throw UsageError("not run: \(verb)") }
    return request
}

/// What a command line is refused with.
func refusal(_ line: String) -> String {
    do throws(UsageError) {
        return "accepted: \(try UserLine.parse(spoken(line)))"
    } catch {
        return error.problem
    }
}
