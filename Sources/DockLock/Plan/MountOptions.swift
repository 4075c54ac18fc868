import OCI

/// The options of a mount, sorted by what they become: bits of mount(2), attributes of
/// mount_setattr(2), propagation, ways of mounting, and what is left for the filesystem.
struct MountOptions {
    var flags: UInt64 = 0
    /// For binds: what the options name, set or cleared.
    var set: UInt64 = 0
    var clear: UInt64 = 0
    /// The recursive kind (rro, rnosuid…).
    var deepSet: UInt64 = 0
    var deepClear: UInt64 = 0
    var propagation: UInt32 = 0
    var isBind = false
    var isRecursive = false
    var isRemount = false
    var copiesUp = false
    var idmap = false
    var deepIdmap = false
    var sourceNoFollow = false
    var destinationNoFollow = false
    var data = ""

    init(_ options: [String]) {
        for option in options { take(option) }
    }

    private mutating func take(_ option: String) {
        if let word = MountWord.table.first(where: { $0.name == option }) {
            if word.setsAccessTimes { set &= ~MountWord.accessTimes }
            if word.isCleared {
                flags &= ~word.flag
                set &= ~word.attribute
                clear |= word.attribute
            } else {
                flags |= word.flag
                set |= word.attribute
                clear &= ~word.attribute
            }
            if word.setsAccessTimes { clear |= MountWord.accessTimes }
            return
        }
        if let propagated = MountWord.propagation(option) {
            propagation |= propagated
            return
        }
        if option.utf8.first == UInt8(ascii: "r"), takeDeep(String(option.dropFirst())) { return }
        takeWay(option)
    }

    private mutating func takeDeep(_ name: String) -> Bool {
        guard let word = MountWord.table.first(where: { $0.name == name }), word.isDeep else { return false }
        if word.setsAccessTimes { deepSet &= ~MountWord.accessTimes }
        if word.isCleared {
            deepSet &= ~word.attribute
            deepClear |= word.attribute
        } else {
            deepSet |= word.attribute
            deepClear &= ~word.attribute
        }
        if word.setsAccessTimes { deepClear |= MountWord.accessTimes }
        return true
    }

    private mutating func takeWay(_ option: String) {
        switch option {
        case "bind": isBind = true
        case "rbind":
            isBind = true
            isRecursive = true
        case "remount": isRemount = true
        case "tmpcopyup": copiesUp = true
        case "idmap": idmap = true
        case "ridmap":
            idmap = true
            deepIdmap = true
        case "src-nofollow": sourceNoFollow = true
        case "copy-symlink": sourceNoFollow = true
        case "dest-nofollow": destinationNoFollow = true
        case "defaults", "": break
        default: data += data.isEmpty ? option : "," + option
        }
    }
}

/// One word of mount(8) and of the specification, and its bits.
struct MountWord {
    var name: String
    var flag: UInt64
    var attribute: UInt64
    var isCleared: Bool

    /// The access-time modes are one field of mount_setattr(2), which is cleared before one is set.
    static let accessTimes: UInt64 = 0x70

    /// MOUNT_ATTR_RELATIME is that field's zero, so the table can't tell it by a bit.
    var setsAccessTimes: Bool { attribute & Self.accessTimes != 0 || flag == 0x20_0000 }

    /// Whether there is a recursive kind: the name with r before it.
    var isDeep: Bool { attribute != 0 || flag == 0x20_0000 }

    private init(_ name: String, _ flag: UInt64, _ attribute: UInt64 = 0, cleared: Bool = false) {
        self.name = name
        self.flag = flag
        self.attribute = attribute
        isCleared = cleared
    }

    /// MS_* of mount(2) and MOUNT_ATTR_* of mount_setattr(2).
    static let table: [MountWord] = [
        MountWord("ro", 0x1, 0x1), MountWord("rw", 0x1, 0x1, cleared: true),
        MountWord("nosuid", 0x2, 0x2), MountWord("suid", 0x2, 0x2, cleared: true),
        MountWord("nodev", 0x4, 0x4), MountWord("dev", 0x4, 0x4, cleared: true),
        MountWord("noexec", 0x8, 0x8), MountWord("exec", 0x8, 0x8, cleared: true),
        MountWord("sync", 0x10), MountWord("async", 0x10, cleared: true),
        MountWord("mand", 0x40), MountWord("nomand", 0x40, cleared: true),
        MountWord("dirsync", 0x80),
        MountWord("nosymfollow", 0x100, 0x20_0000), MountWord("symfollow", 0x100, 0x20_0000, cleared: true),
        MountWord("noatime", 0x400, 0x10), MountWord("atime", 0x400, 0x10, cleared: true),
        MountWord("nodiratime", 0x800, 0x80), MountWord("diratime", 0x800, 0x80, cleared: true),
        MountWord("silent", 0x8000), MountWord("loud", 0x8000, cleared: true),
        MountWord("relatime", 0x20_0000), MountWord("norelatime", 0x20_0000, cleared: true),
        MountWord("iversion", 0x80_0000), MountWord("noiversion", 0x80_0000, cleared: true),
        MountWord("strictatime", 0x100_0000, 0x20),
        MountWord("nostrictatime", 0x100_0000, 0x20, cleared: true),
        MountWord("lazytime", 0x200_0000), MountWord("nolazytime", 0x200_0000, cleared: true),
    ]

    /// Propagation words: MS_SHARED and so on, with MS_REC for the kinds that begin with r.
    static func propagation(_ word: String) -> UInt32? {
        let recursive: UInt32 = 0x4000
        switch word {
        case "unbindable": return 0x2_0000
        case "runbindable": return 0x2_0000 | recursive
        case "private": return 0x4_0000
        case "rprivate": return 0x4_0000 | recursive
        case "slave": return 0x8_0000
        case "rslave": return 0x8_0000 | recursive
        case "shared": return 0x10_0000
        case "rshared": return 0x10_0000 | recursive
        default: return nil
        }
    }
}

extension Plan {
    /// Every option of a mount that has a meaning here, sorted.
    public static var mountOptions: [String] {
        var names = [
            "bind", "rbind", "remount", "tmpcopyup", "idmap", "ridmap", "src-nofollow", "dest-nofollow",
        ]
        names += ["copy-symlink", "defaults"]
        for word in MountWord.table {
            names.append(word.name)
            if word.isDeep { names.append("r" + word.name) }
        }
        for kind in ["unbindable", "private", "slave", "shared"] { names += [kind, "r" + kind] }
        return names.sorted()
    }
}
