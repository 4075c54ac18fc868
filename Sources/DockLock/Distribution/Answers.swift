import Digest
import JSON

/// Errors as a registry tells them (distribution-spec, Error Codes).
public struct RegistryComplaint: Sendable, Equatable, CustomStringConvertible {
    public static let limitBytes = 64 << 10

    public var code: String
    public var message: String

    public var description: String {
        switch (code.isEmpty, message.isEmpty) {
        case (false, false): "\(message) (\(code))"
        case (false, true): code
        default: message
        }
    }

    /// The errors in an answer's body; none where it is no such document.
    public static func list(_ bytes: [UInt8]) -> [RegistryComplaint] {
        guard let json = try? JSON.parse(bytes, limits: .init(depth: 32, bytes: limitBytes)) else {
            return []
        }
        var complaints: [RegistryComplaint] = []
        for error in json["errors"].map({ Array($0.elements.prefix(8)) }) ?? [] {
            let complaint = RegistryComplaint(
                code: shown(error["code"]?.string ?? "", limit: 64),
                message: shown(error["message"]?.string ?? ""))
            if !complaint.description.isEmpty { complaints.append(complaint) }
        }
        // Token servers say it in their own words.
        if complaints.isEmpty, let details = json["details"]?.string ?? json["error_description"]?.string {
            complaints = [RegistryComplaint(code: "", message: shown(details))]
        }
        return complaints
    }

    /// What an answer of that status says, in one line.
    public static func text(status: Int, body: [UInt8]) -> String {
        let said = list(body).map(\.description).joined(separator: "; ")
        let meaning: String? =
            switch status {
            case 401: "unauthorized: a login is missing or wrong"
            case 403: "denied"
            case 404: "not found"
            case 413: "too large"
            case 416: "no such range"
            case 429: "too many requests"
            case 503: "not available now"
            default: nil
            }
        let told = said.isEmpty ? meaning : said
        return "the server answers \(status)" + (told.map { ": " + $0 } ?? "")
    }
}

/// A page of a repository's tags (distribution-spec, Listing Tags).
public struct TagPage: Sendable, Equatable {
    public static let limitBytes = 4 << 20

    public var tags: [String]

    public static func decode(_ bytes: [UInt8]) throws(DistributionError) -> TagPage {
        do throws(JSONError) {
            let json = try JSON.parse(bytes, limits: .init(depth: 8, bytes: limitBytes))
            return TagPage(tags: json["tags"].map { $0.elements.compactMap(\.string) } ?? [])
        } catch {
            throw DistributionError("the list of tags: \(error)")
        }
    }

    /// The target of `rel="next"` in a `Link` field (RFC 8288), or nil.
    public static func next(_ link: String) -> String? {
        for entry in link.split(separator: ",") {
            let words = entry.split(separator: ";").map { trimmed($0) }
            guard let first = words.first, first.hasPrefix("<"), first.hasSuffix(">") else { continue }
            let isNext = words.dropFirst().contains { $0 == "rel=next" || $0 == "rel=\"next\"" }
            if isNext { return String(first.dropFirst().dropLast()) }
        }
        return nil
    }
}

/// Parts of a blob, in the fields of HTTP.
public enum ByteRange {
    /// The request's field for all from a byte on (RFC 9110, 14.1.2).
    public static func from(_ offset: Int64) -> String { "bytes=\(offset)-" }

    /// Where a partial answer begins, and how large the whole is where it says so: `bytes 5-9/10`
    /// (RFC 9110, 14.4).
    public static func content(_ field: String) -> (start: Int64, end: Int64, size: Int64?)? {
        let words = field.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
        let halves = words[1].split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let (start, end) = pair(halves[0]) else { return nil }
        if halves[1] == "*" { return (start, end, nil) }
        guard let size = number(halves[1]), end < size else { return nil }
        return (start, end, size)
    }

    /// The bytes that an upload has: `0-9`, perhaps with `bytes=` before it (distribution-spec, Pushing a
    /// blob in chunks). Servers that have none say `0-0`, as those do that have one: one that is sent again
    /// makes the digest wrong, never the content.
    public static func uploaded(_ field: String) -> Int64? {
        let range = field.hasPrefix("bytes=") ? field.dropFirst(6) : field[...]
        guard let (start, end) = pair(range), start == 0 else { return nil }
        return end == 0 ? 0 : end + 1
    }

    /// The field of an upload's chunk.
    public static func chunk(_ offset: Int64, _ count: Int) -> String {
        "\(offset)-\(offset + Int64(count) - 1)"
    }

    private static func pair(_ text: Substring) -> (Int64, Int64)? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let start = number(ends[0]), let end = number(ends[1]), start <= end else {
            return nil
        }
        return (start, end)
    }

    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int64(text).flatMap { $0 < Int64.max ? $0 : nil }
    }
}
