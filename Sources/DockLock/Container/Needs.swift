import Glibc
import Kernel
import Plan

/// The descriptors of a plan's needs while it is launched.
struct Opened: ~Copyable {
    private(set) var numbers: [Int32] = []

    deinit { for number in numbers { close(number) } }

    /// - Parameters:
    ///   - folder: the container's, for its fifo.
    ///   - console: path of the console socket.
    ///   - process: the running container's first process, for `exec`.
    init(_ needs: [Need], folder: Folder, console: String?, process: Int32 = -1) throws {
        numbers.reserveCapacity(needs.count)
        for need in needs {
            switch need {
            case .namespace(let path):
                numbers.append(try Descriptor.open(path, O_RDONLY).take())
            case .tree(let path, let recursive, let nofollow, let map, let mapsBelow):
                let tree = try Mounts.tree(path, recursive: recursive, nofollow: nofollow)
                numbers.append(tree)
                if let map { try Mounts.map(tree, Opened.namespace(map), recursive: mapsBelow) }
            case .fifo:
                // For reading and writing: then a read waits for a byte, however many writers came and went.
                numbers.append(try Descriptor.open(Store.fifo, O_RDWR, at: folder.directory.number).take())
            case .console:
                guard let console else { throw ContainerError("a terminal needs --console-socket") }
                numbers.append(try Sockets.connect(console).take())
            case .initProcess:
                numbers.append(try SystemError.check(fcntl(process, F_DUPFD_CLOEXEC, 3), "dup"))
            case .initRoot(let pid):
                let root = "/proc/\(pid)/root"
                numbers.append(try Descriptor.open(root, O_RDONLY | O_DIRECTORY).take())
            }
        }
    }

    private static func namespace(_ map: Need.Map) throws -> Descriptor {
        switch map {
        case .ids(let uid, let gid): Descriptor(try Mounts.userNamespace(uid: uid, gid: gid))
        case .namespace(let path): try Descriptor.open(path, O_RDONLY)
        }
    }
}
