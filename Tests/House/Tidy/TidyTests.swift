import Foundation
import Testing

/// Holds the sources to the map in Package.swift and to the sizes that keep them readable.
@Suite struct TidyTests {
    static let sources = Repository.files(below: "Sources")
    static let tests = Repository.files(below: "Tests")
    static let scripts = Repository.files(below: "hack") + Repository.files(below: ".ci")

    @Test func theMapIsRead() {
        #expect(Map.rooms.count >= 14)
        #expect(
            Map.rooms.allSatisfy { ["ground", "machine", "rule", "service", "program"].contains($0.kind) })
        #expect(Self.sources.count > Map.rooms.count)
        #expect(!Self.scripts.isEmpty)
    }

    @Test func everyFolderIsARoomOfTheMap() {
        let folders = Repository.entries(of: "Sources").flatMap { house in
            Repository.entries(of: "Sources/\(house)").map { "Sources/\(house)/\($0)" }
        }
        #expect(Set(folders) == Set(Map.rooms.map(\.path)))
    }

    @Test func roomsImportWhatTheirLineNames() {
        for room in Map.rooms {
            let system: Set<String> = ["ground", "rule"].contains(room.kind) ? [] : ["Glibc"]
            let allowed = Set(room.uses).union(system)
            let files = Self.sources.filter { $0.path.hasPrefix(room.path + "/") }
            var used: Set<String> = []
            for file in files where file.isOne(of: ".swift") {
                for module in imports(of: file) {
                    used.insert(module)
                    #expect(allowed.contains(module), "\(file.path) imports \(module)")
                }
            }
            for arrow in room.uses {
                #expect(room.isC || used.contains(arrow), "\(room.name) uses \(arrow) in the map only")
            }
        }
    }

    @Test func roomsAreNamedByPlainNouns() {
        let vague = [
            "Core", "Common", "Utils", "Utilities", "Helpers", "Manager", "Kit", "Impl", "Shared", "Misc",
            "Extras",
            "Basics", "Base", "Support",
        ]
        let taken = ["Runtime", "Observation", "Testing", "Synchronization", "Distributed", "Foundation"]
        for room in Map.rooms {
            #expect(!taken.contains(room.name), "\(room.name) is a module of the toolchain")
            for word in vague {
                #expect(!room.name.hasSuffix(word), "\(room.name) says nothing")
            }
        }
    }

    @Test func everyRoomHasTests() {
        let tested = Set(Map.tested)
        for room in Map.rooms where room.kind != "program" {
            // C is reached through the Swift rooms that call it.
            let through = Map.rooms.filter { $0.uses.contains(room.name) && tested.contains($0.name) }
            #expect(tested.contains(room.name) || (room.isC && !through.isEmpty), "\(room.name) has no tests")
        }
    }

    @Test func everyFolderOfTestsIsDeclared() {
        for house in Set(Map.rooms.map(\.house)) {
            for folder in Repository.entries(of: "Tests/\(house)") {
                #expect(
                    Map.rooms.contains { $0.name == folder && $0.house == house },
                    "Tests/\(house)/\(folder) is no room's, so nothing runs it")
            }
        }
    }

    @Test func filesKeepTheirSize() {
        for file in Self.sources where file.isOne(of: ".swift", ".c", ".h") {
            #expect(file.lines.count <= 600, "\(file.path) has \(file.lines.count) lines")
        }
        for file in Self.tests where file.isOne(of: ".swift", ".c", ".h", ".py", ".sh") {
            #expect(file.lines.count <= 900, "\(file.path) has \(file.lines.count) lines")
        }
        for file in Self.scripts where isShell(file) {
            #expect(file.lines.count <= 70, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test func functionsKeepTheirSize() {
        for span in (Self.sources + Self.tests + Self.scripts).flatMap(Functions.spans) {
            #expect(span.count <= 70, "\(span.file):\(span.line) takes \(span.count) lines")
        }
    }

    @Test func linesKeepTheirLength() {
        for file in Self.sources + Self.tests + Self.scripts where isCode(file) {
            for (number, line) in file.lines.enumerated() where line.count > 110 {
                Issue.record("\(file.path):\(number + 1) has \(line.count) columns")
            }
        }
    }

    @Test func handWrittenCStaysSmall() {
        let room = Map.rooms.first { $0.name == "CKernel" }
        let c = Self.sources.filter { $0.path.hasPrefix((room?.path ?? "?") + "/") }
        #expect(!c.isEmpty)
        #expect(c.map(\.lines.count).reduce(0, +) <= 2200)
    }

    @Test func sourcesDoWithoutFoundation() {
        for file in Self.sources where file.isOne(of: ".swift") {
            #expect(!imports(of: file).contains { $0.hasPrefix("Foundation") }, "\(file.path)")
        }
    }

    @Test func nothingIsLeftForLater() {
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]
        for file in Self.sources + Self.tests + Self.scripts where isCode(file) {
            for (number, line) in file.lines.enumerated() where marks.contains(where: line.contains) {
                Issue.record("\(file.path):\(number + 1): \(line)")
            }
        }
    }

    @Test func testsWaitForEventsAndNeverForTime() {
        // Polling has one home: a file named for it, whose waits end when the event is seen.
        for file in Self.tests where file.isOne(of: ".swift") && !file.name.hasPrefix("Wait") {
            for (number, line) in file.lines.enumerated() where sleeps(line) {
                Issue.record("\(file.path):\(number + 1): \(line)")
            }
        }
    }

    @Test func theTopLevelIsFixed() {
        let known: Set<String> = [
            "Package.swift", "README.md", "LICENSE", "Sources", "Tests", "policies", "images", "hack", ".ci",
            ".git",
            ".gitignore", ".swift-format",
            // Written by every build, and kept by none.
            "Package.resolved",
        ]
        for entry in Repository.entries(of: ".") where !entry.hasPrefix(".build") {
            #expect(known.contains(entry), "\(entry) has no place at the top")
        }
    }

    @Test func readmeShowsTheMap() {
        let readme = Repository.lines(of: Repository.text("README.md") ?? "")
        let rows = readme.filter { $0.hasPrefix("| `") }.map { row in
            row.split(separator: "|").map { $0.filter { !" `".contains($0) } }
        }
        let shown = rows.filter { $0.count >= 4 }.map { cells in
            let uses = cells[3].split(separator: ",").map(String.init)
            return MapRoom(name: cells[0], kind: cells[1], house: cells[2], uses: uses)
        }
        #expect(shown == Map.rooms)
    }

    @Test func readmeNamesWhatExists() {
        let words = quoted(in: Repository.text("README.md") ?? "")
        let paths = words.filter {
            $0.hasPrefix("Tests/") || $0.hasPrefix("hack/") || $0.hasPrefix("Sources/")
        }
        #expect(paths.count >= 8)
        for path in paths where !path.contains("HOUSE") {
            let file = String(path.prefix { $0 != " " })
            #expect(Repository.isFolder(file) || Repository.text(file) != nil, "README.md speaks of \(file)")
        }
    }

    @Test func theLifeOfARunGoesThroughRooms() {
        let readme = Repository.text("README.md") ?? ""
        let begin = readme.range(of: "## Life of a run")?.upperBound ?? readme.endIndex
        let walk = readme[begin...].components(separatedBy: "\n## ")[0]
        let named = quoted(in: walk).filter { $0.first?.isUppercase == true }
        #expect(named.count >= 5)
        for name in named {
            #expect(
                Map.rooms.contains { $0.name == name }, "the life of a run names \(name), which is no room")
        }
    }

    /// What stands between backticks within a line.
    private func quoted(in text: String) -> [String] {
        Repository.lines(of: text).flatMap { line in
            line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { String($0.element) }
        }
    }

    private func imports(of file: SourceFile) -> [String] {
        file.lines.compactMap { line in
            let words = line.split(separator: " ")
            guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
                words[..<at].allSatisfy({
                    $0.hasPrefix("@") || ["public", "internal", "private"].contains($0)
                })
            else { return nil }
            let kinds: Set<Substring> = [
                "struct", "enum", "class", "func", "var", "let", "typealias", "protocol",
            ]
            let module = kinds.contains(words[at + 1]) ? words.last ?? "" : words[at + 1]
            return String(module.prefix { $0 != "." && $0 != ";" })
        }
    }

    private func sleeps(_ line: String) -> Bool {
        ["sleep", "usleep", "nanosleep", "clock_nanosleep"].contains { call in
            line.range(of: "\\b\(call)\\(", options: .regularExpression) != nil
        }
    }

    private func isShell(_ file: SourceFile) -> Bool {
        file.path.hasSuffix(".sh") || file.lines.first?.contains("bash") == true
    }

    private func isCode(_ file: SourceFile) -> Bool {
        file.isOne(of: ".swift", ".c", ".h", ".py", ".sh") || isShell(file)
    }
}
