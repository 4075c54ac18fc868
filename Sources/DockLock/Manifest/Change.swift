import JSON

extension Execution {
    /// Carries out an instruction of a Dockerfile that changes nothing but the configuration, as `--change`
    /// of `import` and `commit` takes it: `CMD ["/bin/sh"]`, `ENV A=b C="d e"`, `LABEL`, `EXPOSE`, ...
    public mutating func apply(_ change: String) throws(ManifestError) {
        let line = change.drop { $0 == " " || $0 == "\t" }
        let word = line.prefix { $0 != " " && $0 != "\t" }
        var rest = String(line.dropFirst(word.count).drop { $0 == " " || $0 == "\t" })
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        func refuse(_ problem: String) -> ManifestError {
            ManifestError(problem: "the change \"\(Reference.shown(change))\": \(problem)")
        }
        guard !change.utf8.contains(0) else { throw refuse("it holds a NUL character") }
        guard !rest.isEmpty else { throw refuse("it lacks its arguments") }
        switch word.uppercased() {
        case "CMD": cmd = try Self.command(rest, shell: shell, refuse)
        case "ENTRYPOINT": entrypoint = try Self.command(rest, shell: shell, refuse)
        case "ENV":
            for pair in try Self.pairs(rest, refuse) {
                env.removeAll { $0.hasPrefix(pair.key + "=") }
                env.append(pair.key + "=" + pair.value)
            }
        case "LABEL":
            for pair in try Self.pairs(rest, refuse) { labels.set(pair.key, pair.value) }
        case "EXPOSE":
            for port in rest.split(separator: " ") {
                let name = port.contains("/") ? String(port) : port + "/tcp"
                guard Self.isPort(name) else { throw refuse("\"\(port)\" is no port") }
                if !exposedPorts.contains(name) { exposedPorts.append(name) }
            }
        case "VOLUME":
            let paths = try Self.list(rest, refuse) ?? rest.split(separator: " ").map { String($0) }
            for path in paths where !volumes.contains(path) { volumes.append(path) }
        case "USER": user = rest
        case "WORKDIR":
            if rest.hasPrefix("/") {
                workingDir = rest
            } else {
                workingDir = (workingDir.hasSuffix("/") ? workingDir : workingDir + "/") + rest
            }
        case "STOPSIGNAL": stopSignal = rest
        case "ONBUILD": onBuild.append(rest)
        case "SHELL":
            guard let words = try Self.list(rest, refuse) else { throw refuse("SHELL wants a JSON array") }
            shell = words
        case "HEALTHCHECK": healthcheck = try Self.healthcheck(rest, refuse)
        default: throw refuse("\(word) is no instruction that can stand here")
        }
    }

    /// A JSON array of words; nil where the text is none.
    private static func list(
        _ text: String, _ refuse: (String) -> ManifestError
    ) throws(ManifestError) -> [String]? {
        guard text.hasPrefix("["), let json = try? JSON.parse(Array(text.utf8)) else { return nil }
        var words: [String] = []
        for element in json.elements {
            guard let word = element.string, !element.hasNUL else {
                throw refuse("the array must hold strings")
            }
            words.append(word)
        }
        return words
    }

    /// The exec form, or the shell form with the shell before it.
    private static func command(
        _ text: String, shell: [String], _ refuse: (String) -> ManifestError
    ) throws(ManifestError) -> [String] {
        try list(text, refuse) ?? (shell.isEmpty ? ["/bin/sh", "-c"] : shell) + [text]
    }

    /// `key=value key="a b"`, or the old form `key all the rest`.
    private static func pairs(
        _ text: String, _ refuse: (String) -> ManifestError
    ) throws(ManifestError) -> [Pair] {
        let words = try words(text, refuse)
        if let first = words.first, !first.contains("=") {
            let value = text.dropFirst(first.count).drop { $0 == " " || $0 == "\t" }
            guard !value.isEmpty else { throw refuse("\"\(first)\" has no value") }
            return [Pair(first, String(value))]
        }
        var pairs: [Pair] = []
        for word in words {
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
                throw refuse("\"\(word)\" is not name=value")
            }
            pairs.append(Pair(String(word[..<equals]), String(word[word.index(after: equals)...])))
        }
        return pairs
    }

    /// Words parted by spaces, with quotes and backslashes taken away.
    private static func words(
        _ text: String, _ refuse: (String) -> ManifestError
    ) throws(ManifestError) -> [String] {
        var words: [String] = []
        var word = ""
        var isWord = false
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                word.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                (isEscaped, isWord) = (true, true)
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                (quote, isWord) = (character, true)
            } else if quote == nil, character == " " || character == "\t" {
                if isWord { words.append(word) }
                (word, isWord) = ("", false)
            } else {
                word.append(character)
                isWord = true
            }
        }
        guard quote == nil, !isEscaped else { throw refuse("a quotation does not end") }
        if isWord { words.append(word) }
        return words
    }

    private static func healthcheck(
        _ text: String, _ refuse: (String) -> ManifestError
    ) throws(ManifestError) -> Healthcheck {
        if text.uppercased() == "NONE" { return Healthcheck(test: ["NONE"]) }
        guard text.hasPrefix("CMD ") else { throw refuse("HEALTHCHECK wants NONE or CMD and a command here") }
        let command = String(text.dropFirst(4).drop { $0 == " " })
        if let words = try list(command, refuse) { return Healthcheck(test: ["CMD"] + words) }
        return Healthcheck(test: ["CMD-SHELL", command])
    }

    /// `80/tcp`, or a range `80-90/udp`.
    private static func isPort(_ text: String) -> Bool {
        let words = text.split(separator: "/", omittingEmptySubsequences: false)
        guard words.count == 2, ["tcp", "udp", "sctp"].contains(words[1]) else { return false }
        let ends = words[0].split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        return (1...2).contains(ends.count) && ends.allSatisfy { $0 != nil && $0 != 0 }
    }
}
