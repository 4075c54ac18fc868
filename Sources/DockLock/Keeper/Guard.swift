import CKernel
import Container
import Glibc
import Kernel

/// The process that ends a container whose keeper was killed.
///
/// It is the first of a pid namespace around the container's own where the container has one: then the kernel
/// ends the container with it, so that not even the death of both lets the container live on. It hears of the
/// keeper's death by the end of a socket, and ends everything in the container's cgroup too, which reaches
/// containers in the host's pid namespace. Unlike a death signal it cannot be taken off by the container,
/// which may change its users or execute what is set-uid.
final class Guard {
    let pid: Int32
    private let line: Descriptor
    private let own: Descriptor
    /// Where containers are to be born; nil where the guard holds no namespace.
    private(set) var outer: OuterNamespace?

    /// - Parameter isNested: whether the container has a pid namespace of its own.
    init(isNested: Bool) throws(SystemError) {
        let (ours, its) = try Sockets.pair()
        line = Descriptor(ours)
        let end = Descriptor(its)
        own = try Descriptor.open("/proc/self/ns/pid", O_RDONLY)
        var born: Int32 = -1
        var nested = false
        if isNested {
            do {
                born = try Processes.fork(flags: 0x2000_0000)
                nested = true
            } catch {
                // Not allowed without privilege: then the cgroup and the process itself are what it ends.
                guard error.code == EPERM else { throw error }
            }
        }
        if born < 0 { born = try Processes.fork() }
        if born == 0 { Guard.watch(end.number) }
        pid = born
        if nested {
            let namespace = try Descriptor.open("/proc/\(born)/ns/pid", O_RDONLY)
            outer = OuterNamespace(namespace.take(), own: own.number)
        }
    }

    deinit { if let outer { outer.close() } }

    /// From here on the guard ends this container with us.
    func arm(_ held: Held) throws(SystemError) {
        var descriptors = [held.process]
        var opened: [Int32] = []
        defer { for number in opened { close(number) } }
        for path in [held.killFile, held.thawFile] {
            // Where there is no such file, its place is taken by what no write harms.
            if let path, let file = try? Descriptor.open(path, O_WRONLY).take() {
                opened.append(file)
            } else {
                opened.append(try Descriptor.open("/dev/null", O_WRONLY).take())
            }
        }
        descriptors += opened
        try SystemError.checkReturned(
            dl_send(line.number, "c", 1, descriptors, descriptors.count), "send to the guard")
    }

    /// The container has ended: what named it may soon be another's.
    func disarm() throws(SystemError) {
        try SystemError.checkReturned(dl_send(line.number, "n", 1, nil, 0), "send to the guard")
    }

    /// The guard's own life: it holds nothing but the descriptors that it may have to use.
    private static func watch(_ socket: Int32) -> Never {
        var all = sigset_t()
        sigfillset(&all)
        sigprocmask(SIG_SETMASK, &all, nil)
        // Orphans of the namespace, if ever there are any, go without being waited for.
        signal(SIGCHLD, SIG_IGN)
        Processes.rename("docklock-guard")
        dup2(socket, 3)
        Processes.closeFrom(4)
        // The first process, the file that kills and the one that thaws.
        var held: [Int32] = [-1, -1, -1]
        while true {
            var word: UInt8 = 0
            var came: [Int32] = [-1, -1, -1]
            guard dl_receive(3, &word, 1, &came, came.count) > 0 else { break }
            for number in held where number >= 0 { close(number) }
            held = came
        }
        if held[0] >= 0 {
            _ = Glibc.write(held[1], "1", 1)
            _ = dl_pidfd_send_signal(held[0], SIGKILL)
            _ = Glibc.write(held[2], "THAWED", 6)
        }
        _exit(0)
    }
}
