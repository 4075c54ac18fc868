import Glibc
import Kernel
import Verbs

/// The directory of states: one folder a container, named after its id. Everything that a verb must know
/// after another was killed is in here, and every file in here is replaced in one step.
struct Store: Sendable {
    let root: String

    static let stateFile = "state.json"
    static let configFile = "config.json"
    static let fifo = "exec.fifo"

    func path(_ id: String) -> String { root + "/" + id }

    /// Makes a container's folder. That it can be made once is what makes ids unique.
    func create(_ id: String) throws -> Folder {
        try check(id)
        if mkdir(path(id), 0o700) < 0 {
            if errno == ENOENT {
                try Files.makeDirectories(root, mode: 0o700)
                if mkdir(path(id), 0o700) == 0 { return try lock(id) }
            }
            if errno == EEXIST { throw ContainerError("container with id \(id) exists already") }
            throw SystemError("mkdir", errno, path(id))
        }
        return try lock(id)
    }

    /// The folder, for a verb that changes something: held until the verb ends, by death at the latest.
    func lock(_ id: String) throws -> Folder {
        while true {
            let folder = try open(id)
            if try folder.lock() { return folder }
        }
    }

    /// Refuses what is no id, and what would be a file of the store's own.
    private func check(_ id: String) throws {
        if let problem = ContainerID.problem(id) { throw ContainerError(problem) }
        if id.utf8.first == UInt8(ascii: ".") {
            throw ContainerError("the container id \"\(id)\" begins with a dot")
        }
    }

    /// The folder, for a verb that only looks.
    func open(_ id: String) throws -> Folder {
        try check(id)
        let number = Glibc.open(path(id), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if number < 0 {
            if errno == ENOENT || errno == ENOTDIR { throw ContainerError.absent(id) }
            throw SystemError("open", errno, path(id))
        }
        return Folder(path: path(id), directory: Descriptor(number))
    }

    /// The ids, sorted. Names that are no ids (the cache of filters begins with a dot) are not containers.
    func ids() throws -> [String] {
        let names: [String]
        do {
            names = try Files.list(root)
        } catch {
            guard error.code == ENOENT else { throw error }
            return []
        }
        return names.filter { $0.utf8.first != UInt8(ascii: ".") && ContainerID.problem($0) == nil }.sorted()
    }

    /// Where compiled filters are kept.
    var filters: String { root + "/.filters" }
}

/// A container's folder, open, and locked where it came from `Store.lock` until the last reference goes.
final class Folder {
    let path: String
    let directory: Descriptor

    init(path: String, directory: consuming Descriptor) {
        self.path = path
        self.directory = directory
    }

    /// Waits for the lock. False where the container was deleted meanwhile: whoever held the lock may have
    /// done that, and another container may have taken the name.
    func lock() throws -> Bool {
        while flock(directory.number, LOCK_EX) < 0 {
            guard errno == EINTR else { throw SystemError("flock", errno, path) }
        }
        var held = stat()
        var named = stat()
        guard stat(path, &named) == 0, fstat(directory.number, &held) == 0 else { return false }
        return held.st_ino == named.st_ino && held.st_dev == named.st_dev
    }

    /// Lets other verbs at the container while this one only waits for a process.
    func unlock() { _ = flock(directory.number, LOCK_UN) }

    func read(_ name: String) throws(SystemError) -> [UInt8] {
        try Files.read(name, at: directory.number)
    }

    func write(_ name: String, _ bytes: [UInt8]) throws(SystemError) {
        try Files.replace(name, with: bytes, at: directory.number)
    }

    func remove(_ name: String) throws(SystemError) { try Files.remove(name, at: directory.number) }

    /// The end of the container: the folder with all in it.
    func delete() throws(SystemError) {
        try Files.remove(Notify.folder + "/notify", at: directory.number)
        try Files.removeDirectory(Notify.folder, at: directory.number)
        for name in try Files.list(".", at: directory.number) where name != Store.stateFile {
            try Files.remove(name, at: directory.number)
        }
        // Last, so that what a killed deletion leaves can still be deleted.
        try Files.remove(Store.stateFile, at: directory.number)
        try Files.removeDirectory(path)
    }
}
