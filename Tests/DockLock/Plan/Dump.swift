import Foundation

@testable import Plan

extension Plan {
    /// The plan as text: what the parent opens, then one line a step with every member that is set.
    var dump: String {
        var lines = ["clone \(String(cloneFlags, radix: 16))"]
        for (index, need) in needs.enumerated() { lines.append("need \(index) \(need)") }
        lines += steps.map(\.dump)
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Step {
    var dump: String {
        var words = ["\(operation)"]
        for (name, text) in [("s0", s0), ("s1", s1), ("s2", s2), ("s3", s3)] {
            if let text { words.append("\(name)=\(text.debugDescription)") }
        }
        if !first.isEmpty { words.append("first=\(first)") }
        if !second.isEmpty { words.append("second=\(second)") }
        if !data.isEmpty {
            words.append("data=" + data.map { String(format: "%02x", $0) }.joined())
        }
        for (name, number) in [("n0", n0), ("n1", n1), ("n2", n2), ("n3", n3), ("n4", n4)] where number != 0 {
            words.append("\(name)=0x\(String(number, radix: 16))")
        }
        if count != 0 { words.append("count=0x\(String(count, radix: 16))") }
        if need >= 0 { words.append("need=\(need)") }
        if slot >= 0 { words.append("slot=\(slot)") }
        return words.joined(separator: " ")
    }
}

/// Plans as they were found right, one file each.
enum Golden {
    static let folder: URL = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder.appendingPathComponent("Golden/plan")
    }()

    /// The text of a plan; with GOLDEN=write in the environment `text` takes its place first.
    static func text(_ name: String, instead text: String) throws -> String {
        let file = folder.appendingPathComponent(name + ".txt")
        if ProcessInfo.processInfo.environment["GOLDEN"] == "write" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        return try String(contentsOf: file, encoding: .utf8)
    }

    static func names() throws -> Set<String> {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return Set(files.map { String($0.dropLast(4)) })
    }
}
