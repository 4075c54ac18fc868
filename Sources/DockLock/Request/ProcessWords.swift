import JSON
import OCI
import Verbs

// The values of flags that say how the container's process runs, and with which rights.

/// `NAME=SOFT[:HARD]`; -1 or `unlimited` for no limit.
func resourceLimit(_ text: String) throws(Wrong) -> Rlimit {
    let (name, value) = split(text, at: equals)
    guard let value else { throw Wrong("\"\(text)\" is not of the form NAME=SOFT[:HARD]") }
    let full = "RLIMIT_" + name.uppercased()
    guard let word = Words.rlimits.first(where: { $0.name.description == full }) else {
        let known = Words.rlimits.map { $0.name.description.dropFirst(7).lowercased() }
        throw Wrong("\"\(name)\" is none of \(known.joined(separator: ", "))")
    }
    let (first, second) = split(value, at: colon)
    let soft = try amount(first)
    let hard = try second.map { text throws(Wrong) in try amount(text) } ?? soft
    if soft > hard { throw Wrong("\"\(text)\" has a soft limit above the hard one") }
    return Rlimit(resource: Int(word.number), name: full, soft: soft, hard: hard)
}

private func amount(_ text: String) throws(Wrong) -> UInt64 {
    if text == "-1" || text == "unlimited" { return .max }
    return try number(text, 0...UInt64.max)
}

/// `HOST[:CONTAINER][:ACCESS]`.
func deviceRequest(_ text: String) throws(Wrong) -> DeviceRequest {
    let words = parts(text, at: colon)
    guard words.count <= 3, words[0].utf8.first == slash else {
        throw Wrong("\"\(text)\" is not of the form /dev/NAME[:PATH][:rwm]")
    }
    var device = DeviceRequest(host: cleaned(words[0]), container: cleaned(words[0]), access: "rwm")
    for (index, word) in words.dropFirst().enumerated() {
        if index == 0, word.utf8.first == slash {
            device.container = try containerPath(word)
        } else if index == words.count - 2, isAccess(word) {
            device.access = word
        } else {
            throw Wrong("\"\(text)\" is not of the form /dev/NAME[:PATH][:rwm]")
        }
    }
    return device
}

private func isAccess(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { "rwm".utf8.contains($0) }
        && Set(text.utf8).count == text.utf8.count
}

/// `TYPE MAJOR:MINOR ACCESS`, the numbers `*` for any.
func deviceRule(_ text: String) throws(Wrong) -> Resources.DeviceRule {
    let words = parts(text, at: UInt8(ascii: " ")).filter { !$0.isEmpty }
    let numbers = words.count == 3 ? parts(words[1], at: colon) : []
    guard numbers.count == 2, ["a", "b", "c"].contains(words[0]), isAccess(words[2]) else {
        throw Wrong("\"\(text)\" is not of the form a|b|c MAJOR:MINOR rwm")
    }
    var rule = Resources.DeviceRule()
    rule.allow = true
    rule.kind = words[0].utf8.first ?? 0
    rule.major = numbers[0] == "*" ? nil : Int64(try number(numbers[0], 0...UInt32.max))
    rule.minor = numbers[1] == "*" ? nil : Int64(try number(numbers[1], 0...UInt32.max))
    rule.access = words[2]
    return rule
}

/// A capability with or without CAP_, or ALL; in capitals, with CAP_.
func capability(_ text: String) throws(Wrong) -> String {
    let word = text.uppercased()
    if word == "ALL" || word == "CAP_ALL" { return "ALL" }
    let full = word.hasPrefix("CAP_") ? word : "CAP_" + word
    guard Words.capabilities.contains(where: { $0.description == full }) else {
        let near = nearest(full, among: Words.capabilities.map(\.description))
        throw Wrong("there is no capability \"\(text)\"" + (near.map { "; did you mean \($0)?" } ?? ""))
    }
    return full
}

/// `no`, `always`, `unless-stopped`, `on-failure[:N]`.
func restartPolicy(_ text: String) throws(Wrong) -> RestartPolicy {
    switch text {
    case "no", "": return .no
    case "always": return .always
    case "unless-stopped": return .unlessStopped
    case "on-failure": return .onFailure(most: nil)
    default: break
    }
    guard let most = tail(of: text, after: "on-failure:") else {
        throw noneOf("no, always, unless-stopped, on-failure[:N]", text)
    }
    let count: Int = try number(most, 0...Int(Int32.max))
    return .onFailure(most: count == 0 ? nil : count)
}

/// Keys parted by commas, each one character or `ctrl-` and a letter or one of `@[\]^_`: as the bytes that a
/// terminal sends.
func detachKeys(_ text: String) throws(Wrong) -> [UInt8] {
    if text.isEmpty { return [] }
    return try parts(text, at: comma).map { key throws(Wrong) in
        if key.utf8.count == 1, let byte = key.utf8.first, isAlphanumeric(byte) || byte > 0x20 && byte < 0x7F
        {
            return byte
        }
        guard let rest = tail(of: key.lowercased(), after: "ctrl-"), rest.utf8.count == 1,
            let byte = rest.uppercased().utf8.first, byte >= 0x40, byte <= 0x5F
        else { throw Wrong("\"\(key)\" is no key: one character, or ctrl- and one of a-z@[\\]^_") }
        return byte - 0x40
    }
}

/// A text, or with `[` an array of JSON.
func words(_ text: String) throws(Wrong) -> [String] {
    guard text.utf8.first == UInt8(ascii: "[") else { return text.isEmpty ? [] : [text] }
    let json: JSON
    do throws(JSONError) {
        json = try JSON.parse(Array(text.utf8))
    } catch {
        // A program may be called so.
        return [text]
    }
    let words = json.elements.map { $0.hasNUL ? nil : $0.string }
    let full = words.compactMap(\.self)
    guard full.count == words.count else { throw Wrong("\(text) is not an array of texts") }
    return full
}

/// `CONTAINER:HOST:SIZE`.
func idMapping(_ text: String) throws(Wrong) -> IDMapping {
    let words = parts(text, at: colon)
    guard words.count == 2 || words.count == 3 else {
        throw Wrong("\"\(text)\" is not of the form CONTAINER-ID:HOST-ID:SIZE")
    }
    let size: UInt32 = words.count == 3 ? try number(words[2], 1...UInt32.max) : 1
    let mapping = IDMapping(
        containerID: try number(words[0], 0...UInt32.max - 1),
        hostID: try number(words[1], 0...UInt32.max - 1), size: size)
    guard !mapping.containerID.addingReportingOverflow(size).overflow,
        !mapping.hostID.addingReportingOverflow(size).overflow
    else { throw Wrong("\"\(text)\" reaches beyond the last id") }
    return mapping
}

extension SecurityRequest {
    /// `KEY=VALUE`, or with a colon as in older command lines.
    mutating func take(_ text: String) throws(Wrong) {
        let separator = text.utf8.first { $0 == equals || $0 == colon } ?? equals
        let (key, value) = split(text, at: separator)
        switch (key, value) {
        case ("no-new-privileges", nil): noNewPrivileges = true
        case ("no-new-privileges", let word?):
            guard let isOn = truth(word) else { throw Wrong("\"\(text)\" is neither true nor false") }
            noNewPrivileges = isOn
        case ("seccomp", "unconfined"): seccomp = .unconfined
        case ("seccomp", "builtin"): seccomp = .standard
        case ("seccomp", let file?) where !file.isEmpty: seccomp = .file(file)
        case ("apparmor", let profile?) where !profile.isEmpty: apparmor = profile
        case ("label", let label?) where !label.isEmpty: labels.append(label)
        case ("mask", let list?): masked += try paths(list)
        case ("unmask", let list?):
            unmasked += list.uppercased() == "ALL" ? ["ALL"] : try paths(list)
        case ("systempaths", "unconfined"): unmasked.append("ALL")
        default:
            throw Wrong(
                "\"\(text)\" is none of no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE, "
                    + "label=OPTION, mask=PATHS, unmask=ALL|PATHS, systempaths=unconfined")
        }
    }

    private func paths(_ list: String) throws(Wrong) -> [String] {
        try parts(list, at: colon).map { path throws(Wrong) in try containerPath(path) }
    }
}

extension HealthRequest {
    /// A shell's text, an array of JSON, or `none`.
    mutating func take(command text: String) throws(Wrong) {
        guard text != "none" else {
            isOff = true
            return
        }
        guard text.utf8.first == UInt8(ascii: "[") else {
            test = ["CMD-SHELL", try nonEmpty(text)]
            return
        }
        let list = try words(text)
        switch list.first {
        case "NONE": isOff = true
        case "CMD", "CMD-SHELL": test = list
        default: test = ["CMD"] + list
        }
    }
}
