import JSON

/// Reads one instruction: its name, its flags, and what follows them.
struct InstructionReader {
    let line: LogicalLine
    let name: String
    private let escape: Character
    private let flags: [(name: String, value: String?)]
    /// What follows the flags.
    private let rest: String

    init(_ line: LogicalLine, escape: Character) throws(ContainerfileError) {
        self.line = line
        self.escape = escape
        let (word, after) = Words.rest(line.text[...])
        name = word.uppercased()
        var flags: [(name: String, value: String?)] = []
        var rest = after
        while rest.hasPrefix("--") {
            // Quotes may keep spaces in a value.
            guard let word = Words.split(rest, escape: escape).first else { break }
            rest = rest.dropFirst(word.count).drop { $0 == " " || $0 == "\t" }
            if word == "--" { break }
            let parts = word.dropFirst(2).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            flags.append((String(parts[0]), parts.count > 1 ? String(parts[1]) : nil))
        }
        self.flags = flags
        self.rest = String(rest)
    }

    func refuse(_ problem: String) -> ContainerfileError {
        ContainerfileError(line: line.number, instruction: ContainerfileError.shown(name), problem)
    }

    /// The flags of those names, which have values; any other is refused.
    private func values(_ names: String...) throws(ContainerfileError) -> [String: String] {
        var found: [String: String] = [:]
        for flag in flags {
            let shown = ContainerfileError.shown(flag.name)
            guard names.contains(flag.name) else { throw refuse("the flag --\(shown) is not known here") }
            // A layer is made alone in any case.
            if flag.name == "link" { continue }
            guard let value = flag.value, !value.isEmpty else { throw refuse("--\(shown) wants a value") }
            guard found.updateValue(value, forKey: flag.name) == nil else {
                throw refuse("--\(shown) is given twice")
            }
        }
        return found
    }

    func stage() throws(ContainerfileError) -> Containerfile.Stage {
        let flags = try values("platform")
        let words = Words.split(rest, escape: escape)
        guard words.count == 1 || (words.count == 3 && words[1].uppercased() == "AS") else {
            throw refuse("wants an image, or: image AS name")
        }
        var stage = Containerfile.Stage(
            line: line.number, text: line.text, base: words[0], platform: flags["platform"])
        if words.count == 3 {
            let name = words[2].lowercased()
            guard let first = name.utf8.first, first >= 0x61, first <= 0x7A,
                name.utf8.allSatisfy({ isNameByte($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") })
            else { throw refuse("\"\(ContainerfileError.shown(words[2]))\" is no name of a stage") }
            guard name != "scratch" else { throw refuse("no stage may be called scratch") }
            stage.name = name
        }
        return stage
    }

    func instruction() throws(ContainerfileError) -> Instruction {
        Instruction(line: line.number, text: line.text, body: try body())
    }

    private func body() throws(ContainerfileError) -> Instruction.Body {
        switch name {
        case "RUN": return try run()
        case "COPY", "ADD": return .copy(try copy())
        case "HEALTHCHECK": return .healthcheck(try healthcheck())
        case "ONBUILD": throw refuse("triggers for later builds are not made here")
        case "MAINTAINER": throw refuse("is of old: write LABEL org.opencontainers.image.authors=...")
        case "FROM": throw refuse("must begin a stage")
        default: break
        }
        let body = try plainBody()
        _ = try values()
        return body
    }

    private func plainBody() throws(ContainerfileError) -> Instruction.Body {
        let known = [
            "ARG", "ENV", "LABEL", "CMD", "ENTRYPOINT", "SHELL", "EXPOSE", "VOLUME", "USER", "WORKDIR",
            "STOPSIGNAL",
        ]
        guard known.contains(name) else { throw refuse("is no instruction") }
        guard !rest.isEmpty else { throw refuse("wants something after it") }
        switch name {
        case "ARG": return .arg(try arguments())
        case "ENV": return .env(try assignments())
        case "LABEL": return .label(try assignments())
        case "CMD": return .cmd(try command(rest))
        case "ENTRYPOINT": return .entrypoint(try command(rest))
        case "SHELL":
            guard let words = try list(rest), !words.isEmpty else { throw refuse("wants a JSON array") }
            return .shell(words)
        case "EXPOSE": return .expose(rest)
        case "VOLUME":
            let paths = try list(rest) ?? Words.split(rest, escape: escape)
            guard !paths.isEmpty, !paths.contains("") else { throw refuse("a path is empty") }
            return .volume(paths)
        case "USER": return .user(rest)
        case "WORKDIR": return .workdir(rest)
        default: return .stopSignal(rest)
        }
    }

    // MARK: The forms

    /// A JSON array of strings; nil where the text is none, which makes it a line for the shell.
    private func list(_ text: String) throws(ContainerfileError) -> [String]? {
        guard text.hasPrefix("["), let json = try? JSON.parse(Array(text.utf8)) else { return nil }
        var words: [String] = []
        for element in json.elements {
            guard let word = element.string, !element.hasNUL else { return nil }
            words.append(word)
        }
        return words
    }

    private func command(_ text: String) throws(ContainerfileError) -> CommandForm {
        guard let words = try list(text) else { return .shell(text) }
        return .exec(words)
    }

    private func arguments() throws(ContainerfileError) -> [Assignment] {
        var found: [Assignment] = []
        for word in Words.split(rest, escape: escape) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let first = name.utf8.first, isNameByte(first), !(0x30...0x39).contains(first),
                name.utf8.allSatisfy({ isNameByte($0) })
            else { throw refuse("\"\(ContainerfileError.shown(word))\" is not NAME or NAME=value") }
            found.append(Assignment(name: name, value: parts.count > 1 ? String(parts[1]) : nil))
        }
        return found
    }

    /// `key=value key="a b"`, or the old form `key all the rest`.
    private func assignments() throws(ContainerfileError) -> [Assignment] {
        let words = Words.split(rest, escape: escape)
        if let first = words.first, !first.contains("=") {
            let value = trimmed(rest.dropFirst(first.count))
            guard !value.isEmpty else {
                throw refuse("\"\(ContainerfileError.shown(first))\" has no value")
            }
            return [Assignment(name: first, value: value)]
        }
        var found: [Assignment] = []
        for word in words {
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
                throw refuse("\"\(ContainerfileError.shown(word))\" is not name=value")
            }
            found.append(
                Assignment(name: String(word[..<equals]), value: String(word[word.index(after: equals)...])))
        }
        return found
    }

    private func run() throws(ContainerfileError) -> Instruction.Body {
        if flags.contains(where: { $0.name == "mount" }) {
            throw refuse("--mount is not made here: use COPY, or a stage of its own")
        }
        let flags = try values("network")
        var network: BuildNetwork?
        if let word = flags["network"] {
            network = BuildNetwork(rawValue: word)
            if network == nil { throw refuse("--network is default, none or host") }
        }
        guard !rest.isEmpty else { throw refuse("wants a command") }
        guard let document = line.documents.first else { return .run(try command(rest), network: network) }
        if line.documents.count == 1, HereMark(rest) != nil {
            guard !document.text.hasPrefix("#!") else {
                throw refuse("a here-document with #! is not run here: name its program before the <<")
            }
            return .run(.shell(document.text), network: network)
        }
        let documents = line.documents.map { $0.text + $0.name + "\n" }.joined()
        return .run(.shell(rest + "\n" + documents), network: network)
    }

    private func copy() throws(ContainerfileError) -> CopyInstruction {
        var copy = CopyInstruction()
        copy.isAdd = name == "ADD"
        let flags =
            try copy.isAdd ? values("chown", "chmod", "link") : values("from", "chown", "chmod", "link")
        (copy.from, copy.chown, copy.chmod) = (flags["from"], flags["chown"], flags["chmod"])
        var words = try list(rest) ?? Words.split(rest, escape: escape)
        guard let destination = words.popLast(), !words.isEmpty else {
            throw refuse("wants a source and a destination")
        }
        guard !words.contains(""), !destination.isEmpty else { throw refuse("a path is empty") }
        copy.destination = destination
        copy.documents = line.documents
        copy.sources = words.filter { word in
            guard let mark = HereMark(word) else { return true }
            return !line.documents.contains { $0.name == mark.name }
        }
        guard copy.documents.isEmpty || copy.from == nil else {
            throw refuse("--from and a here-document exclude each other")
        }
        for document in copy.documents where document.name.contains("/") {
            throw refuse("a here-document's name is the file's, and holds no slash")
        }
        return copy
    }

    private func healthcheck() throws(ContainerfileError) -> HealthInstruction {
        let flags = try values("interval", "timeout", "start-period", "start-interval", "retries")
        var health = HealthInstruction()
        func time(_ name: String) throws(ContainerfileError) -> Int64 {
            guard let text = flags[name] else { return 0 }
            guard let nanos = GoDuration.nanos(text) else {
                throw refuse("--\(name)=\(ContainerfileError.shown(text)) is no time such as 30s or 1m")
            }
            return nanos
        }
        health.intervalNanos = try time("interval")
        health.timeoutNanos = try time("timeout")
        health.startPeriodNanos = try time("start-period")
        health.startIntervalNanos = try time("start-interval")
        if let text = flags["retries"] {
            guard let number = Int64(text), number >= 0, number <= 1 << 30 else {
                throw refuse("--retries=\(ContainerfileError.shown(text)) is no number")
            }
            health.retries = number
        }
        let (word, after) = Words.rest(rest[...])
        switch word.uppercased() {
        case "NONE" where after.isEmpty && flags.isEmpty: break
        case "CMD" where !after.isEmpty: health.command = try command(String(after))
        default: throw refuse("wants NONE alone, or CMD and a command")
        }
        return health
    }
}

/// Letters, digits and `_`.
func isNameByte(_ byte: UInt8) -> Bool {
    (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || byte == 0x5F
}
