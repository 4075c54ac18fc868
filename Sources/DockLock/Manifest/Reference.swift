import Digest

/// The name of an image in its full form: `docker.io/library/alpine:latest`, `localhost:5000/a/b@sha256:...`.
/// Short names mean what they mean to docker.
public struct Reference: Sendable, Equatable, Hashable, CustomStringConvertible {
    /// The registry, with its port where it has one.
    public let domain: String
    /// The repository in the registry.
    public let path: String
    public let tag: String?
    public let digest: Digest?

    public static let defaultDomain = "docker.io"
    public static let limitName = 255
    public static let limitTag = 128

    init(domain: String, path: String, tag: String?, digest: Digest?) {
        self.domain = domain
        self.path = path
        self.tag = tag
        self.digest = digest
    }

    /// Reads a name as a person writes it. A name with neither tag nor digest gets none: see `tagged`.
    public init(_ text: String) throws(ManifestError) {
        func refuse(_ problem: String) -> ManifestError {
            ManifestError(problem: "invalid reference \"\(Self.shown(text))\": \(problem)")
        }
        guard !text.isEmpty else { throw ManifestError(problem: "an image name must not be empty") }
        guard text.utf8.count <= 1024 else { throw refuse("it is longer than 1024 bytes") }
        var rest = text[...]
        var digest: Digest?
        if let at = rest.firstIndex(of: "@") {
            let word = String(rest[rest.index(after: at)...])
            do throws(DigestError) {
                digest = try Digest(word)
            } catch {
                throw refuse(error.description)
            }
            rest = rest[..<at]
        }
        var tag: String?
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            let word = String(rest[rest.index(after: colon)...])
            guard Self.isTag(word) else { throw refuse("\"\(Self.shown(word))\" is no tag") }
            tag = word
            rest = rest[..<colon]
        }
        let (domain, path) = Self.split(String(rest))
        guard Self.isDomain(domain) else { throw refuse("\"\(Self.shown(domain))\" is no registry") }
        if let problem = Self.problem(path: path) { throw refuse(problem) }
        if digest == nil, tag == nil, Self.isHex64(text) {
            throw refuse("64 hexadecimal digits are an id, not a name")
        }
        guard domain.utf8.count + 1 + path.utf8.count <= Self.limitName else {
            throw refuse("the name is longer than \(Self.limitName) bytes")
        }
        self.init(domain: domain, path: path, tag: tag, digest: digest)
    }

    /// The name with no tag and no digest.
    public var name: String { domain + "/" + path }

    public var description: String {
        name + (tag.map { ":" + $0 } ?? "") + (digest.map { "@" + $0.description } ?? "")
    }

    /// The name as docker shows it: without `docker.io/` and `library/`.
    public var familiarName: String {
        guard domain == Self.defaultDomain else { return name }
        let library = "library/"
        if path.hasPrefix(library), !path.dropFirst(library.count).contains("/") {
            return String(path.dropFirst(library.count))
        }
        return path
    }

    public var familiar: String {
        familiarName + (tag.map { ":" + $0 } ?? "") + (digest.map { "@" + $0.description } ?? "")
    }

    /// With the tag `latest` where there is neither tag nor digest.
    public var tagged: Reference {
        guard tag == nil, digest == nil else { return self }
        return Reference(domain: domain, path: path, tag: "latest", digest: nil)
    }

    /// Only the name and the tag.
    public var withoutDigest: Reference { Reference(domain: domain, path: path, tag: tag, digest: nil) }

    public func with(digest: Digest) -> Reference {
        Reference(domain: domain, path: path, tag: nil, digest: digest)
    }

    /// The registry and the repository: the first word is a registry where it looks like a host.
    private static func split(_ name: String) -> (domain: String, path: String) {
        var domain = defaultDomain
        var path = name
        if let slash = name.firstIndex(of: "/") {
            let first = name[..<slash]
            let isHost =
                first == "localhost"
                || first.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") || isUpper($0) }
            if isHost {
                domain = String(first)
                path = String(name[name.index(after: slash)...])
            }
        }
        if domain == "index.docker.io" { domain = defaultDomain }
        if domain == defaultDomain, !path.contains("/") { path = "library/" + path }
        return (domain, path)
    }
}

extension Reference {
    /// Whether the text is a tag: a word of letters, digits, `_`, `.` and `-` that begins with none of the
    /// last two (distribution-spec).
    public static func isTag(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= limitTag else { return false }
        guard isWord(first) else { return false }
        return text.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    /// Words of small letters and digits, parted by `.`, `_`, `__` or any number of `-`.
    static func problem(path: String) -> String? {
        if path.utf8.contains(where: isUpper) { return "a repository's name must be lowercase" }
        for step in path.split(separator: "/", omittingEmptySubsequences: false) {
            let bytes = Array(step.utf8)
            guard let first = bytes.first, let last = bytes.last else {
                return "a part of the name is empty"
            }
            guard isSmall(first), isSmall(last) else {
                return "\"\(shown(String(step)))\" must begin and end with a small letter or a digit"
            }
            var at = 0
            while at < bytes.count {
                let start = at
                while at < bytes.count, !isSmall(bytes[at]) { at += 1 }
                let mark = bytes[start..<at]
                let isMark =
                    mark.isEmpty || mark.allSatisfy { $0 == UInt8(ascii: "-") }
                    || mark.elementsEqual(".".utf8) || mark.elementsEqual("_".utf8)
                    || mark.elementsEqual("__".utf8)
                guard isMark else {
                    return "\"\(shown(String(decoding: mark, as: UTF8.self)))\" must not stand in a name"
                }
                at += 1
            }
        }
        return nil
    }

    static func isDomain(_ text: String) -> Bool {
        var host = text[...]
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            let port = text[text.index(after: colon)...]
            guard !port.isEmpty, port.utf8.allSatisfy({ isDigit($0) }), Int(port).map({ $0 < 65_536 }) == true
            else { return false }
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let inside = host.dropFirst().dropLast()
            return !inside.isEmpty
                && inside.utf8.allSatisfy { isDigit($0) || $0 == UInt8(ascii: ":") || isHexLetter($0) }
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last else { return false }
            return isAlphanumeric(first) && isAlphanumeric(last)
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    /// Whether the text is 64 small hex digits: an id and never a name.
    public static func isHex64(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { isDigit($0) || ($0 >= 0x61 && $0 <= 0x66) }
    }

    /// What an error shows of a word: no control characters, and not all of a long one.
    static func shown(_ text: String) -> String {
        let clean = text.unicodeScalars.prefix(100).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }
        var word = ""
        word.unicodeScalars.append(contentsOf: clean)
        return clean.count < text.unicodeScalars.count ? word + "..." : word
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    private static func isUpper(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5A }
    private static func isSmall(_ byte: UInt8) -> Bool { isDigit(byte) || (byte >= 0x61 && byte <= 0x7A) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isSmall(byte) || isUpper(byte) }
    private static func isHexLetter(_ byte: UInt8) -> Bool { (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66 }
    private static func isWord(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == UInt8(ascii: "_") }
}
