import Verbs

/// `--mount type=TYPE,source=SOURCE,target=DESTINATION,...`; fields that hold commas stand in quotes.
func wordedMount(_ text: String) throws(Wrong) -> MountRequest {
    var reading = MountReading()
    for field in try fields(text) {
        let (key, value) = split(field, at: equals)
        try reading.take(key, value, field)
    }
    return try reading.mount()
}

/// The fields of one line of CSV (RFC 4180).
func fields(_ text: String) throws(Wrong) -> [String] {
    let quote = UInt8(ascii: "\"")
    var found: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    let bytes = Array(text.utf8)
    var index = 0
    while index < bytes.count {
        let byte = bytes[index]
        if byte == quote, isQuoted, index + 1 < bytes.count, bytes[index + 1] == quote {
            field.append(quote)
            index += 1
        } else if byte == quote, isQuoted || field.isEmpty {
            isQuoted.toggle()
        } else if byte == comma, !isQuoted {
            found.append(String(decoding: field, as: UTF8.self))
            field = []
        } else {
            field.append(byte)
        }
        index += 1
    }
    if isQuoted { throw Wrong("\"\(text)\" has a quote that does not end") }
    found.append(String(decoding: field, as: UTF8.self))
    return found
}

/// A `--mount` in the middle of being read: its type may stand anywhere.
private struct MountReading {
    var type = "volume"
    var source: String?
    var target: String?
    /// Words that are decided on when the type is known.
    var words: [(key: String, value: String?, field: String)] = []

    mutating func take(_ key: String, _ value: String?, _ field: String) throws(Wrong) {
        switch key {
        case "type": type = try filled(value, field)
        case "source", "src": source = try filled(value, field)
        case "target", "dst", "destination": target = try filled(value, field)
        case "": throw Wrong("\"\(field)\" is no field")
        default: words.append((key, value, field))
        }
    }

    private func filled(_ value: String?, _ field: String) throws(Wrong) -> String {
        guard let value, !value.isEmpty else { throw Wrong("\"\(field)\" lacks a value") }
        return value
    }

    func mount() throws(Wrong) -> MountRequest {
        guard let target else { throw Wrong("the target is missing (target=PATH)") }
        var mount = MountRequest(source: try kind(), destination: try containerPath(target))
        for word in words {
            guard try take(word.key, word.value, word.field, &mount) else {
                throw Wrong("\"\(word.field)\" is no field of a mount of type \(type)")
            }
        }
        return mount
    }

    private func kind() throws(Wrong) -> MountRequest.Source {
        switch type {
        case "bind":
            guard let source else { throw Wrong("the source of a bind mount is missing (source=PATH)") }
            return .bind(source)
        case "volume": return .volume(try source.map { text throws(Wrong) in try name(text) })
        case "tmpfs":
            if source != nil { throw Wrong("a tmpfs has no source") }
            return .temporary
        case "image":
            guard let source else { throw Wrong("the image is missing (source=IMAGE)") }
            return .image(source)
        default: throw noneOf("bind, volume, tmpfs, image", type)
        }
    }

    private func take(
        _ key: String, _ value: String?, _ field: String, _ mount: inout MountRequest
    ) throws(Wrong) -> Bool {
        switch key {
        case "ro", "readonly": mount.isReadOnly = try isOn(value, field)
        case "rw": mount.isReadOnly = try !isOn(value, field)
        case "consistency": break
        case "U", "chown": mount.changesOwner = try isOn(value, field)
        case "relabel":
            guard value == "shared" || value == "private" else {
                throw Wrong("\"\(field)\" is neither relabel=shared nor relabel=private")
            }
            mount.relabel = value == "shared" ? .shared : .own
        default:
            switch type {
            case "bind": return try takeBind(key, value, field, &mount)
            case "volume": return try takeVolume(key, value, field, &mount)
            case "tmpfs": return try takeTemporary(key, value, field, &mount)
            default: return false
            }
        }
        return true
    }

    private func takeBind(
        _ key: String, _ value: String?, _ field: String, _ mount: inout MountRequest
    ) throws(Wrong) -> Bool {
        switch key {
        case "bind-propagation":
            let known = [
                "shared", "rshared", "slave", "rslave", "private", "rprivate", "unbindable", "runbindable",
            ]
            guard let value, known.contains(value) else {
                throw Wrong("\"\(field)\" is none of \(known.joined(separator: ", "))")
            }
            mount.options.append(value)
        case "bind-nonrecursive":
            if try isOn(value, field) { mount.options.append("bind") }
        case "bind-recursive":
            switch value {
            case "enabled": mount.options.append("rbind")
            case "writable":
                mount.options.append("rbind")
                mount.keepsSubmounts = true
            case "disabled": mount.options.append("bind")
            case "readonly": mount.options.append("rbind")
            default: throw Wrong("\"\(field)\" is none of enabled, disabled, writable, readonly")
            }
        case "bind-create-src", "create-src": mount.makesSource = try isOn(value, field)
        default: return value == nil && mount.take(bound: key)
        }
        return true
    }

    private func takeVolume(
        _ key: String, _ value: String?, _ field: String, _ mount: inout MountRequest
    ) throws(Wrong) -> Bool {
        switch key {
        case "volume-nocopy", "nocopy": mount.isFilled = try !isOn(value, field)
        case "volume-subpath", "subpath":
            let path = cleaned(try filled(value, field))
            guard path.utf8.first != slash, !path.hasPrefix("..") else {
                throw Wrong("\"\(field)\" leaves the volume")
            }
            mount.subpath = path
        case "volume-driver": mount.volumeDriver = value
        case "volume-label": mount.volumeLabels.append(try setting(value ?? ""))
        case "volume-opt": mount.volumeOptions.append(try fullSetting(value ?? ""))
        default: return value == nil && mount.take(bound: key)
        }
        return true
    }

    private func takeTemporary(
        _ key: String, _ value: String?, _ field: String, _ mount: inout MountRequest
    ) throws(Wrong) -> Bool {
        switch key {
        case "tmpfs-size": return mount.take(temporary: "size=\(value ?? "")")
        case "tmpfs-mode": return mount.take(temporary: "mode=\(value ?? "")")
        default: return mount.take(temporary: field)
        }
    }

    private func isOn(_ value: String?, _ field: String) throws(Wrong) -> Bool {
        guard let value else { return true }
        guard let isOn = truth(value) else { throw Wrong("\"\(field)\" is neither true nor false") }
        return isOn
    }
}
