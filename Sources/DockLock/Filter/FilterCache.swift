import CSeccomp
import Glibc
import Kernel

/// Compiled filters, one file each, in a directory that nobody but the effective user can enter.
///
/// A file holds a header, the profile's bytes and the program. Its name is a hash of the bytes, but
/// they are compared in full: two profiles with one hash cost each other a compilation, never more.
/// Nothing that is found is trusted beyond its owner: a file that is short, long, garbled, another
/// version's or another architecture's is a miss, and a failure to write is no failure.
struct FilterCache: ~Copyable {
    /// Compiled programs kept; beyond it the oldest goes.
    static let entriesMax = 64
    /// To be raised with every change of the file or of what compilation makes of a profile.
    static let version: UInt32 = 1
    static let headerBytes = 48
    private static let magic: UInt64 = 0x3152_544c_464b_4344

    private let folder: Descriptor

    /// Opens the directory, made where it is missing; nil where it cannot be had or is not to be trusted.
    init?(_ directory: String) {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var number = Glibc.open(directory, flags)
        if number < 0 && errno == ENOENT && (mkdir(directory, 0o700) == 0 || errno == EEXIST) {
            number = Glibc.open(directory, flags)
        }
        guard number >= 0 else { return nil }
        let candidate = Descriptor(number)
        var status = stat()
        guard fstat(number, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o077 == 0
        else { return nil }
        folder = candidate
    }

    /// The program kept for a profile with exactly these bytes.
    func find(_ profile: [UInt8]) -> CompiledFilter? {
        let name = FilterCache.name(profile)
        guard let file = try? Descriptor.open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, at: folder.number)
        else {
            return nil
        }
        var status = stat()
        let least = FilterCache.headerBytes + profile.count
        guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_uid == geteuid(), status.st_mode & 0o077 == 0,
            status.st_size > least, status.st_size <= least + Filter.programBytesMax,
            let bytes = try? file.readAll(limit: least + Filter.programBytesMax)
        else { return nil }
        return FilterCache.read(bytes, profile: profile)
    }

    /// Keeps a program. The file appears whole or not at all: it has no name until it is written, so
    /// a killed writer leaves nothing.
    func store(_ filter: CompiledFilter, for profile: [UInt8]) {
        guard let draft = try? Descriptor.open(".", O_WRONLY | O_TMPFILE, mode: 0o600, at: folder.number),
            (try? draft.write(FilterCache.file(filter, profile: profile))) != nil
        else { return }
        makeRoom()
        let name = FilterCache.name(profile)
        // What stands under the name was found wanting, or is another's of a moment ago: either may go.
        _ = unlinkat(folder.number, name, 0)
        _ = linkat(AT_FDCWD, "/proc/self/fd/\(draft.number)", folder.number, name, AT_SYMLINK_FOLLOW)
    }

    private func makeRoom() {
        guard let names = try? Files.list(".", at: folder.number), names.count >= FilterCache.entriesMax
        else {
            return
        }
        var oldest: (name: String, time: Int)?
        for name in names {
            var status = stat()
            guard fstatat(folder.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            if oldest.map({ status.st_mtim.tv_sec < $0.time }) ?? true {
                oldest = (name, status.st_mtim.tv_sec)
            }
        }
        if let oldest { _ = unlinkat(folder.number, oldest.name, 0) }
    }
}

extension FilterCache {
    static func name(_ profile: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var hash = profile.withUnsafeBytes { digest($0, seed: 0) }
        var name = [UInt8](repeating: 0, count: 16)
        for place in 0..<16 {
            name[15 - place] = digits[Int(hash & 15)]
            hash >>= 4
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// The file's bytes: header, profile, program.
    static func file(_ filter: CompiledFilter, profile: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerBytes + profile.count + filter.program.count)
        for word in header(filter, profileBytes: profile.count) {
            withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
        }
        bytes += profile
        bytes += filter.program
        return bytes
    }

    /// The filter in a file's bytes, where they are whole and are this profile's.
    static func read(_ bytes: [UInt8], profile: [UInt8]) -> CompiledFilter? {
        let start = headerBytes + profile.count
        let length = bytes.count - start
        guard length > 0, length <= Filter.programBytesMax, length % 8 == 0 else { return nil }
        let same = bytes.withUnsafeBytes { file in
            profile.withUnsafeBytes { wanted in
                guard let file = file.baseAddress, let wanted = wanted.baseAddress else { return false }
                // Sound: the file has `headerBytes + profile.count` bytes and more.
                return memcmp(file + headerBytes, wanted, profile.count) == 0
            }
        }
        guard same else { return nil }
        let flags = UInt32(truncatingIfNeeded: word(bytes, 2))
        let notifies = UInt32(truncatingIfNeeded: word(bytes, 2) >> 32)
        guard notifies <= 1 else { return nil }
        let filter = CompiledFilter(
            program: Array(bytes[start...]), flags: flags, notifies: notifies == 1)
        let expected = header(filter, profileBytes: profile.count)
        for index in 0..<expected.count where word(bytes, index) != expected[index] { return nil }
        return filter
    }

    /// Six words: magic; versions; flags and listener; architecture; lengths; a digest of the others and
    /// the program, against files that a full disk or a lost write garbled.
    private static func header(_ filter: CompiledFilter, profileBytes: Int) -> [UInt64] {
        var library: UInt64 = 0
        if let made = seccomp_version()?.pointee {
            library = UInt64(made.major) << 16 | UInt64(made.minor) << 8 | UInt64(made.micro)
        }
        var words: [UInt64] = [
            magic,
            library << 32 | UInt64(version),
            UInt64(filter.notifies ? 1 : 0) << 32 | UInt64(filter.flags),
            UInt64(seccomp_arch_native()),
            UInt64(profileBytes) << 32 | UInt64(filter.program.count),
        ]
        let seed = words.withUnsafeBytes { digest($0, seed: 0) }
        words.append(filter.program.withUnsafeBytes { digest($0, seed: seed) })
        return words
    }

    private static func word(_ bytes: [UInt8], _ index: Int) -> UInt64 {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) }
    }

    /// A quick digest, not a cryptographic one: nothing rests on it but the finding of a file and the
    /// noticing of accidents.
    private static func digest(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var state = seed ^ 0x9e37_79b9_7f4a_7c15 ^ UInt64(bytes.count)
        func mix(_ word: UInt64) {
            let product = (state ^ word).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
            state = (product.high ^ product.low) &+ 0x9e37_79b9_7f4a_7c15
        }
        var offset = 0
        while offset + 8 <= bytes.count {
            mix(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < bytes.count {
            rest = rest << 8 | UInt64(bytes[offset])
            offset += 1
        }
        mix(rest)
        return state
    }
}
