import Testing

@testable import Plan

/// Options of mounts, and the bits that they stand for.
@Suite struct MountOptionTests {
    /// The runtime specification's table of options, "Linux mount options".
    static let specified = [
        "async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "iversion", "lazytime",
        "loud", "mand", "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime", "nomand",
        "norelatime", "nostrictatime", "nosuid", "nosymfollow", "private", "ratime", "rbind", "rdev",
        "rdiratime", "relatime", "remount", "rexec", "rnoatime", "rnodiratime", "rnoexec", "rnorelatime",
        "rnostrictatime", "rnosuid", "rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw", "rshared",
        "rslave", "rstrictatime", "rsuid", "rsymfollow", "runbindable", "rw", "shared", "silent", "slave",
        "strictatime", "suid", "symfollow", "sync", "tmpcopyup", "unbindable", "idmap", "ridmap", "rnodev",
    ]

    @Test(arguments: specified)
    func specifiedOptionIsKnown(_ option: String) {
        #expect(Plan.mountOptions.contains(option))
    }

    @Test func restIsTheFilesystems() {
        let options = MountOptions(["mode=755", "ro", "size=1k", "rubbish"])
        #expect(options.data == "mode=755,size=1k,rubbish")
        #expect(options.flags == 1)
    }

    @Test func laterWordWins() {
        let options = MountOptions(["ro", "nosuid", "rw", "rro", "rrw", "suid", "noexec"])
        #expect(options.flags == 8)
        #expect(options.set == 8)
        #expect(options.clear == 3)
        #expect(options.deepSet == 0)
        #expect(options.deepClear == 1)
    }

    /// Numbers of MOUNT_ATTR_*: the modes are one field, 0x70, of which relatime is the zero.
    static let times: [([String], UInt64, UInt64)] = [
        (["noatime"], 0x10, 0x70), (["strictatime"], 0x20, 0x70), (["relatime"], 0, 0x70),
        (["noatime", "relatime"], 0, 0x70), (["strictatime", "noatime"], 0x10, 0x70),
        (["noatime", "atime"], 0, 0x70), (["nodiratime"], 0x80, 0), (["diratime"], 0, 0x80),
    ]

    @Test(arguments: times)
    func accessTimeIsOneMode(_ words: [String], _ set: UInt64, _ clear: UInt64) {
        let options = MountOptions(words)
        #expect(options.set == set)
        #expect(options.clear == clear)
        let deep = MountOptions(words.map { "r" + $0 })
        #expect(deep.deepSet == set)
        #expect(deep.deepClear == clear)
        #expect(deep.set == 0 && deep.clear == 0 && deep.flags == 0)
    }

    static let ways: [(String, @Sendable (MountOptions) -> Bool)] = [
        ("bind", { $0.isBind }), ("rbind", { $0.isRecursive }), ("remount", { $0.isRemount }),
        ("tmpcopyup", { $0.copiesUp }),
        ("idmap", { $0.idmap }), ("ridmap", { $0.deepIdmap }), ("src-nofollow", { $0.sourceNoFollow }),
        ("copy-symlink", { $0.sourceNoFollow }), ("dest-nofollow", { $0.destinationNoFollow }),
    ]

    @Test(arguments: ways)
    func wayOfMountingIsSet(_ option: String, _ isSet: @Sendable (MountOptions) -> Bool) {
        #expect(isSet(MountOptions([option])))
        #expect(!isSet(MountOptions([])))
    }
}
