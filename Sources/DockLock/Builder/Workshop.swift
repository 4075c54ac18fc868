import Glibc
import Images
import Kernel

/// The folder DATA/build: what builds leave for later ones, and where they work meanwhile.
///
///     DATA/build/cache/<64 hex>.json   what a step made, by what it was made of
///     DATA/build/work-XXXXXX/          a build's own, locked while it lives
final class Workshop {
    let cache: String
    private let own: String
    private let lock: Descriptor
    private var count = 0

    /// `abandoned` is given the folder of each build that died, before it goes.
    init(_ store: ImageStore, abandoned: (String) -> Void) throws {
        let build = store.data + "/build"
        cache = build + "/cache"
        for folder in [build, cache] { try Files.makeDirectory(folder, mode: 0o700) }
        try Self.sweep(build, abandoned)
        while true {
            var template = Array((build + "/work-XXXXXX").utf8CString)
            guard mkdtemp(&template) != nil else { throw SystemError("mkdir", errno, build) }
            let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            // Between its making and its lock another build may have swept it away: once more.
            guard let lock = try? Descriptor.open(path, O_RDONLY | O_DIRECTORY),
                flock(lock.number, LOCK_EX | LOCK_NB) == 0, Files.exists(path)
            else { continue }
            own = path
            self.lock = lock
            return
        }
    }

    deinit { try? Trees.remove(own) }

    /// The container that runs the steps.
    var container: StepContainer { StepContainer(of: own) }

    /// A new, empty folder.
    func folder() throws -> String {
        count += 1
        let path = own + "/\(count)"
        try Files.makeDirectory(path, mode: 0o700)
        return path
    }

    /// Removes what builds that died left.
    private static func sweep(_ build: String, _ abandoned: (String) -> Void) throws {
        for name in try Files.list(build) where name.hasPrefix("work-") {
            let path = build + "/" + name
            guard let lock = try? Descriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { continue }
            guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else { continue }
            abandoned(path)
            try Trees.remove(path)
        }
    }
}
