import Foundation

/// A text file of the repository, read once: its path from the top, and its lines.
struct SourceFile {
    let path: String
    let lines: [String]

    /// The last component of the path.
    var name: String { String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]) }

    /// Whether the name ends in one of the suffixes, each with its dot.
    func isOne(of suffixes: String...) -> Bool { suffixes.contains { path.hasSuffix($0) } }
}

/// The repository that this test was built from.
enum Repository {
    static let top: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return folder.path
    }()

    /// Names directly inside a folder, sorted.
    static func entries(of folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(top)/\(folder)")) ?? []).sorted()
    }

    /// Whether the path leads to a folder.
    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: "\(top)/\(path)", isDirectory: &isFolder)
            && isFolder.boolValue
    }

    /// The file's text, or nil where it is absent or no UTF-8.
    static func text(_ path: String) -> String? {
        try? String(contentsOfFile: "\(top)/\(path)", encoding: .utf8)
    }

    /// Every text file below a folder. Corpora are data and are left out.
    static func files(below folder: String) -> [SourceFile] {
        var found: [SourceFile] = []
        for name in entries(of: folder) where name != "__pycache__" {
            let path = "\(folder)/\(name)"
            if isFolder(path) {
                if path != "Tests/Fuzz/Corpus" { found += files(below: path) }
            } else if let text = text(path) {
                found.append(SourceFile(path: path, lines: lines(of: text)))
            }
        }
        return found
    }

    /// The lines of a text; a final newline begins no further line.
    static func lines(of text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}
