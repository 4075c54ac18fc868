/// A room as its line in Package.swift states it.
struct MapRoom: Equatable {
    let name: String
    let kind: String
    let house: String
    let uses: [String]

    var path: String { "Sources/\(house)/\(name)" }

    /// Hand-written C has its headers in a folder of their own; Swift has none.
    var isC: Bool { Repository.isFolder("\(path)/include") }
}

/// The map of rooms, read from the text of Package.swift: what the manifest holds, and nothing else.
enum Map {
    static let rooms: [MapRoom] = statements().compactMap(room)

    /// Rooms that have a folder of tests: the manifest makes each of them a target.
    static let tested: [String] = rooms.map(\.name).filter { name in
        rooms.contains { $0.name == name && Repository.isFolder("Tests/\($0.house)/\(name)") }
    }

    /// The text of each `Room(...)` between `let rooms = [` and the line that closes the list.
    private static func statements() -> [Substring] {
        guard let text = Repository.text("Package.swift"), let start = text.range(of: "let rooms = ["),
            let end = text[start.upperBound...].range(of: "\n]")
        else { return [] }
        var rest = text[start.upperBound..<end.lowerBound]
        var found: [Substring] = []
        while let open = rest.range(of: "Room("), let close = rest[open.upperBound...].range(of: ")") {
            found.append(rest[open.upperBound..<close.lowerBound])
            rest = rest[close.upperBound...]
        }
        return found
    }

    private static func room(_ statement: Substring) -> MapRoom? {
        let words = quoted(statement)
        guard words.count >= 2, let dot = statement.firstIndex(of: ".") else { return nil }
        let kind = statement[statement.index(after: dot)...].prefix { $0.isLetter }
        return MapRoom(name: words[0], kind: String(kind), house: words[1], uses: Array(words.dropFirst(2)))
    }

    /// What stands between pairs of quotation marks.
    private static func quoted(_ text: Substring) -> [String] {
        text.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
}
