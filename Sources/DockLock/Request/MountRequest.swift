import Verbs

/// One mount that a person asked for, by `-v`, `--mount` or `--tmpfs`.
public struct MountRequest: Sendable, Equatable {
    public enum Source: Sendable, Equatable {
        /// A path of the host's, as it was written.
        case bind(String)
        /// A volume; nil for one without a name, which lives as long as the container.
        case volume(String?)
        case temporary
        /// The tree of an image.
        case image(String)
    }

    public enum Relabel: Sendable, Equatable { case shared, own }

    public var source: Source
    /// Absolute and clean.
    public var destination: String
    /// Words of the runtime specification, in the order they were asked for.
    public var options: [String] = []
    public var isReadOnly = false
    /// `bind-recursive=writable`: what is mounted below a read-only source stays as it is.
    public var keepsSubmounts = false
    /// `-v` makes a missing directory of the host's; `--mount` refuses it.
    public var makesSource = false
    /// Whether an empty volume is filled with what the image has there.
    public var isFilled = true
    /// A directory within the volume.
    public var subpath: String?
    /// `U`: everything in it becomes the container's user's.
    public var changesOwner = false
    public var relabel: Relabel?
    public var volumeDriver: String?
    public var volumeLabels: [Setting] = []
    public var volumeOptions: [Setting] = []

    public init(source: Source, destination: String) {
        self.source = source
        self.destination = destination
    }

    /// Takes an option that every kind of mount knows; false where it is none.
    mutating func take(common option: String) -> Bool {
        switch option {
        case "ro", "readonly": isReadOnly = true
        case "rw": isReadOnly = false
        case "exec", "noexec", "suid", "nosuid", "dev", "nodev", "sync", "async", "atime", "noatime",
            "diratime", "nodiratime", "relatime", "norelatime", "strictatime", "nostrictatime", "nosymfollow":
            options.append(option)
        default: return false
        }
        return true
    }

    /// Takes an option of a bind mount or a volume; false where it is none.
    mutating func take(bound option: String) -> Bool {
        switch option {
        case "z": relabel = .shared
        case "Z": relabel = .own
        case "U": changesOwner = true
        case "nocopy": isFilled = false
        case "copy": isFilled = true
        case "bind", "rbind", "shared", "rshared", "slave", "rslave", "private", "rprivate", "unbindable",
            "runbindable", "idmap":
            options.append(option)
        // How a desktop's virtual machine keeps two sides in step; here there is one side.
        case "consistent", "cached", "delegated", "default": break
        default: return take(common: option)
        }
        return true
    }

    /// Takes an option of a tmpfs; false where it is none.
    mutating func take(temporary option: String) -> Bool {
        let (name, value) = split(option, at: equals)
        switch (name, value) {
        case ("size", let size?):
            guard size.hasSuffix("%") || (Quantity.size(size) ?? -1) >= 0 else { return false }
            options.append(size.hasSuffix("%") ? option : "size=\(Quantity.size(size) ?? 0)")
        case ("mode", let mode?):
            guard let bits = UInt32(mode, radix: 8), bits <= 0o7777 else { return false }
            options.append(option)
        case ("uid", let id?), ("gid", let id?), ("nr_inodes", let id?), ("nr_blocks", let id?):
            guard UInt32(id) != nil else { return false }
            options.append(option)
        case ("tmpcopyup", nil), ("notmpcopyup", nil), ("rprivate", nil), ("private", nil):
            options.append(name)
        default: return take(common: option)
        }
        return true
    }
}

/// `-v [SOURCE:]DESTINATION[:OPTIONS]`. A source that begins with a slash or a dot is a path.
func volumeMount(_ text: String) throws(Wrong) -> MountRequest {
    let words = parts(text, at: colon)
    guard words.count <= 3, !words.contains("") else {
        throw Wrong("\"\(text)\" is not of the form [SOURCE:]DESTINATION[:OPTIONS]")
    }
    let isAlone = words.count == 1
    var mount = MountRequest(
        source: isAlone ? .volume(nil) : try boundSource(words[0]),
        destination: try containerPath(words[isAlone ? 0 : 1]))
    mount.makesSource = true
    for option in words.count == 3 ? listed(words[2]) : [] {
        guard mount.take(bound: option) else {
            throw Wrong("\"\(text)\" has the option \"\(option)\", which mounts do not know")
        }
    }
    return mount
}

private func boundSource(_ text: String) throws(Wrong) -> MountRequest.Source {
    if text.utf8.first == slash || text.utf8.first == UInt8(ascii: ".") { return .bind(text) }
    guard isName(text) else {
        throw Wrong("\"\(text)\" is neither a path, which begins with / or ./, nor the name of a volume")
    }
    return .volume(text)
}

/// `--tmpfs DESTINATION[:OPTIONS]`.
func temporaryMount(_ text: String) throws(Wrong) -> MountRequest {
    let (destination, options) = split(text, at: colon)
    var mount = MountRequest(source: .temporary, destination: try containerPath(destination))
    for option in listed(options ?? "") {
        guard mount.take(temporary: option) else {
            throw Wrong("\"\(text)\" has the option \"\(option)\", which tmpfs does not know")
        }
    }
    return mount
}
