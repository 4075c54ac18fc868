/// The known word that a mistyped one was most likely meant to be: the one of the fewest edits, at most
/// a third of its length, or the only one that it begins.
public func nearest(_ word: String, among known: [String]) -> String? {
    let typed = Array(word.utf8.prefix(64))
    guard typed.count > 1 else { return nil }
    var best: (word: String, edits: Int)?
    for candidate in known {
        let edits = distance(typed, Array(candidate.utf8))
        if edits * 3 <= max(typed.count, candidate.utf8.count), edits < best?.edits ?? .max {
            best = (candidate, edits)
        }
    }
    if let best { return best.word }
    let begun = known.filter { $0.utf8.starts(with: typed) }
    return begun.count == 1 ? begun[0] : nil
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
private func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var before: [Int] = []
    var above = Array(0...right.count)
    for row in 0..<left.count {
        var current = [row + 1]
        for column in 0..<right.count {
            var edits = min(above[column + 1], current[column]) + 1
            edits = min(edits, above[column] + (left[row] == right[column] ? 0 : 1))
            let isSwap =
                row > 0 && column > 0 && left[row] == right[column - 1] && left[row - 1] == right[column]
            if isSwap { edits = min(edits, before[column - 1] + 1) }
            current.append(edits)
        }
        before = above
        above = current
    }
    return above[right.count]
}
