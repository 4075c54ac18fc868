import Archive
import CTree
import Glibc
import Kernel

/// Makes the entries of a layer below a root directory, one after the other, so that the directory becomes a
/// lower one of overlayfs. Nothing that an archive says can reach outside: names are made one at a time below
/// an open folder, and links are followed only as the layer's own root would see them.
final class Growth {
    private let folders: Folders
    private let limits: LayerLimits
    private let privilege: Privilege
    private let path: PathBuffer
    private let target: PathBuffer
    private let owner = (uid: geteuid(), gid: getegid())
    private let umask: mode_t
    /// The file whose bytes are coming; -1 where they belong to nothing.
    private var file: Int32 = -1
    private(set) var rootMode: mode_t = 0o755
    private(set) var facts = LayerFacts()

    init(root: consuming Descriptor, limits: LayerLimits, privilege: Privilege) throws(SystemError) {
        folders = Folders(root: root, privilege: privilege)
        self.limits = limits
        self.privilege = privilege
        path = PathBuffer(limits)
        target = PathBuffer(limits)
        umask = try Growth.umask()
    }

    deinit { if file >= 0 { close(file) } }

    /// Makes an entry; a file's bytes follow by `write`, and `end` closes it.
    func begin(_ entry: Entry) throws(LayerError) {
        facts.entries += 1
        guard facts.entries <= limits.entriesMax else {
            throw .refused(entry.path, "more than \(limits.entriesMax) entries")
        }
        guard entry.size <= limits.bytesMax else {
            throw .refused(entry.path, "a file of more than \(limits.bytesMax) bytes")
        }
        try path.set(entry.path, entry: entry.path)
        if entry.kind == .hardLink { try target.set(entry.link, entry: entry.path) }
        do throws(SystemError) {
            guard path.count > 0 else {
                try makeRoot(entry)
                return
            }
            try folders.enter(path, path.count - 1)
            if isMark(path.last) {
                try makeMark(path.last)
            } else {
                try make(entry, path.last)
            }
        } catch {
            throw .system(error, entry: shown(entry))
        }
    }

    /// Bytes of the file that was begun.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64, of entry: Entry) throws(LayerError) {
        guard file >= 0 else { return }
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let wrote = pwrite(file, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
            if wrote < 0 {
                if errno == EINTR { continue }
                throw .system(SystemError("write", errno), entry: shown(entry))
            }
            done += wrote
        }
        facts.fileBytes += Int64(bytes.count)
    }

    /// The entry is over: a file gets what writing would have taken from it again.
    func end(_ entry: Entry) throws(LayerError) {
        guard file >= 0 else { return }
        defer {
            close(file)
            file = -1
        }
        do throws(SystemError) {
            if entry.segments != nil { try SystemError.check(ftruncate(file, off_t(entry.size)), "truncate") }
            if needsOwner(entry) {
                try SystemError.check(
                    fchown(file, entry.uid, entry.gid), "chown to \(entry.uid):\(entry.gid)")
            }
            if needsMode(entry) { try SystemError.check(fchmod(file, mode_t(entry.mode)), "chmod") }
            if !entry.attributes.isEmpty { try setFileAttributes(entry) }
            var times = (Growth.time(entry), Growth.time(entry))
            let result = withUnsafePointer(to: &times) { pair in
                // Sound: a pair of one type lies in memory as an array of two.
                pair.withMemoryRebound(to: timespec.self, capacity: 2) { futimens(file, $0) }
            }
            try SystemError.check(result, "set the time")
        } catch {
            throw .system(error, entry: shown(entry))
        }
    }

    /// All entries are made: folders get their times.
    func finish() throws(LayerError) {
        do throws(SystemError) { try folders.leaveAll() } catch { throw .system(error, entry: "") }
    }

    // MARK: - entries

    private func make(_ entry: Entry, _ name: UnsafePointer<CChar>) throws(SystemError) {
        folders.touch()
        switch entry.kind {
        case .file:
            file = try making(name, "open") {
                openat(
                    folders.top, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    mode_t(entry.mode & 0o777))
            }
        case .directory: try makeFolder(entry, name)
        case .symbolicLink:
            _ = try making(name, "symlink") {
                (entry.link + [0]).withUnsafeBytes { link in
                    // Sound: the link's bytes end with the NUL that was put there.
                    symlinkat(
                        link.baseAddress?.assumingMemoryBound(to: CChar.self) ?? name, folders.top, name)
                }
            }
            try dress(entry, name)
        case .hardLink: try makeLink(name)
        case .characterDevice, .blockDevice, .fifo: try makeNode(entry, name)
        }
    }

    /// Makes a name; what has it already goes first, since the last entry of a name counts.
    private func making(
        _ name: UnsafePointer<CChar>, _ call: String, _ make: () -> Int32
    ) throws(SystemError) -> Int32 {
        let result = make()
        if result >= 0 { return result }
        guard errno == EEXIST else { throw SystemError(call, errno) }
        try Removal.remove(name, at: folders.top)
        return try SystemError.check(make(), call)
    }

    private func makeFolder(_ entry: Entry, _ name: UnsafePointer<CChar>) throws(SystemError) {
        var isOpaque = false
        if mkdirat(folders.top, name, mode_t(entry.mode & 0o777)) < 0 {
            guard errno == EEXIST else { throw SystemError("mkdir", errno) }
            var status = stat()
            try SystemError.check(fstatat(folders.top, name, &status, AT_SYMLINK_NOFOLLOW), "stat")
            if status.st_mode & S_IFMT != S_IFDIR {
                // What a whiteout of this layer hid stays hidden below the new folder.
                isOpaque = Folders.isWhiteout(status)
                try SystemError.check(unlinkat(folders.top, name, 0), "unlink")
                try SystemError.check(mkdirat(folders.top, name, mode_t(entry.mode & 0o777)), "mkdir")
            } else {
                // There already: it takes the owner and the mode of its last entry.
                try SystemError.check(
                    fchownat(folders.top, name, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW),
                    "chown to \(entry.uid):\(entry.gid)")
                try SystemError.check(fchmodat(folders.top, name, mode_t(entry.mode), 0), "chmod")
            }
        }
        if needsOwner(entry) {
            try SystemError.check(
                fchownat(folders.top, name, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW),
                "chown to \(entry.uid):\(entry.gid)")
        }
        if needsMode(entry) || folders.topGivesGroup {
            try SystemError.check(fchmodat(folders.top, name, mode_t(entry.mode), 0), "chmod")
        }
        try folders.push(made: name, time: Growth.time(entry), mode: mode_t(entry.mode))
        if isOpaque { try folders.setOpaque(folders.top) }
        if !entry.attributes.isEmpty {
            try setAttributes(entry, Listing.path(folders.top))
        }
    }

    private func makeRoot(_ entry: Entry) throws(SystemError) {
        guard entry.kind == .directory else { throw SystemError("make the root as a file", EISDIR) }
        // Before the folders are left for good, the root is closed to everybody else: see Unpacking.
        rootMode = mode_t(entry.mode)
        try SystemError.check(
            fchownat(folders.root, "", entry.uid, entry.gid, AT_EMPTY_PATH),
            "chown to \(entry.uid):\(entry.gid)")
        try folders.enter(path, 0)
        folders.setRootTime(Growth.time(entry))
        try setAttributes(entry, Listing.path(folders.root))
    }

    private func makeLink(_ name: UnsafePointer<CChar>) throws(SystemError) {
        guard target.count > 0 else { throw SystemError("link to the root", EPERM) }
        let shown = target.text(target.count)
        let folder = Descriptor(
            try SystemError.checkReturned(
                dl_open_in_root(folders.root, target.prefix(target.count - 1), O_PATH | O_DIRECTORY),
                "link to",
                shown))
        var old = stat()
        try SystemError.check(
            fstatat(folder.number, target.last, &old, AT_SYMLINK_NOFOLLOW), "link to", shown)
        guard !Folders.isWhiteout(old) else { throw SystemError("link to", ENOENT, shown) }
        var new = stat()
        if fstatat(folders.top, name, &new, AT_SYMLINK_NOFOLLOW) == 0 {
            if new.st_ino == old.st_ino { return }
            try Removal.remove(name, at: folders.top)
        }
        try SystemError.check(linkat(folder.number, target.last, folders.top, name, 0), "link to", shown)
    }

    private func makeNode(_ entry: Entry, _ name: UnsafePointer<CChar>) throws(SystemError) {
        var number: dev_t = 0
        var type = S_IFIFO
        if entry.kind != .fifo {
            type = entry.kind == .characterDevice ? S_IFCHR : S_IFBLK
            number = Growth.device(entry)
            // In a layer of overlayfs this would not be a device but a name that is gone.
            guard number != 0 || type == S_IFBLK else { throw SystemError("make the device 0:0", EINVAL) }
            guard privilege == .root else {
                facts.devicesLeftOut += 1
                return
            }
        }
        _ = try making(name, "mknod") {
            mknodat(folders.top, name, type | mode_t(entry.mode & 0o777), number)
        }
        try dress(entry, name)
    }

    /// Owner, mode, attributes and time of what has a name but no descriptor.
    private func dress(_ entry: Entry, _ name: UnsafePointer<CChar>) throws(SystemError) {
        if needsOwner(entry) {
            try SystemError.check(
                fchownat(folders.top, name, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW),
                "chown to \(entry.uid):\(entry.gid)")
        }
        if entry.kind != .symbolicLink, needsMode(entry) {
            try SystemError.check(fchmodat(folders.top, name, mode_t(entry.mode), 0), "chmod")
        }
        if !entry.attributes.isEmpty {
            let name = Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1))
            try setAttributes(entry, Listing.path(folders.top, name))
        }
        let times = [Growth.time(entry), Growth.time(entry)]
        try SystemError.check(
            utimensat(folders.top, name, times, AT_SYMLINK_NOFOLLOW), "set the time")
    }

    // MARK: - marks

    private func isMark(_ name: UnsafePointer<CChar>) -> Bool { strncmp(name, ".wh.", 4) == 0 }

    /// A whiteout (OCI image-spec 1.1, layer.md, "Whiteouts"): of the layers below, never of this one, in
    /// whatever order its entries stand.
    private func makeMark(_ mark: UnsafePointer<CChar>) throws(SystemError) {
        if strcmp(mark, ".wh..wh..opq") == 0 {
            // Overlayfs merges the roots of its layers whatever their attributes say.
            guard path.count > 1 else { throw SystemError("hide all of the layers below", EOPNOTSUPP) }
            return try folders.setOpaque(folders.top)
        }
        // What aufs kept for itself.
        if strncmp(mark, ".wh..wh.", 8) == 0 { return }
        let name = mark + 4
        guard name[0] != 0, strcmp(name, ".") != 0, strcmp(name, "..") != 0 else {
            throw SystemError("hide what has no name", EINVAL)
        }
        folders.touch()
        if mknodat(folders.top, name, S_IFCHR, 0) == 0 { return }
        guard errno == EEXIST else { throw SystemError("mknod", errno) }
        // This layer has something of that name, which hides the one below; but folders would be merged.
        let folder = openat(folders.top, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if folder < 0 { return }
        let held = Descriptor(folder)
        try folders.setOpaque(held.number)
    }

    // MARK: - attributes

    private func setAttributes(_ entry: Entry, _ path: [CChar]) throws(SystemError) {
        for attribute in entry.attributes where Growth.isKept(attribute.name, privilege) {
            try Folders.setAttribute(attribute.name, attribute.value, path)
        }
    }

    private func setFileAttributes(_ entry: Entry) throws(SystemError) {
        for attribute in entry.attributes where Growth.isKept(attribute.name, privilege) {
            let name = attribute.name.map { CChar(bitPattern: $0) } + [0]
            try SystemError.check(
                fsetxattr(file, name, attribute.value, attribute.value.count, 0),
                "set the attribute \(String(decoding: attribute.name, as: UTF8.self))")
        }
    }

    /// Overlayfs' own marks are never an archive's to set; labels of security modules are those of the host
    /// where the layer was made; a folder's default access list would change the modes of what is made in it.
    static func isKept(_ name: [UInt8], _ privilege: Privilege) -> Bool {
        if name.starts(with: "trusted.overlay.".utf8) || name.starts(with: "user.overlay.".utf8) {
            return false
        }
        if name.starts(with: "trusted.".utf8) { return privilege == .root }
        return name.starts(with: "user.".utf8) || name.elementsEqual("security.capability".utf8)
            || name.elementsEqual("system.posix_acl_access".utf8)
    }

    /// What this process makes belongs to it, unless the folder gives its group.
    private func needsOwner(_ entry: Entry) -> Bool {
        entry.uid != owner.uid || entry.gid != owner.gid || folders.topGivesGroup
    }

    private func needsMode(_ entry: Entry) -> Bool {
        entry.mode & 0o7000 != 0 || mode_t(entry.mode) & umask != 0
    }

    private func shown(_ entry: Entry) -> String { ArchiveError(entry: entry.path, "").entry }

    private static func time(_ entry: Entry) -> timespec {
        timespec(tv_sec: Int(entry.seconds), tv_nsec: Int(entry.nanoseconds))
    }

    /// A device's number as the C library puts it together.
    static func device(_ entry: Entry) -> dev_t {
        let major = dev_t(entry.major)
        let minor = dev_t(entry.minor)
        return (major & 0xfff) << 8 | (minor & 0xff) | (minor & ~0xff) << 12
    }

    /// Bits that the kernel takes from the mode of what this process makes. Asking by umask(2) would change
    /// it for other threads.
    private static func umask() throws(SystemError) -> mode_t {
        let status = try Files.read("/proc/self/status")
        for line in status.split(separator: UInt8(ascii: "\n")) where line.starts(with: "Umask:".utf8) {
            let digits = line.filter { 0x30...0x37 ~= $0 }
            return digits.reduce(0) { $0 << 3 | mode_t($1 - 0x30) }
        }
        return 0o777
    }
}
