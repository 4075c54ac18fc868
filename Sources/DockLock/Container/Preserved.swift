import Glibc
import Kernel
import OCI

/// Descriptors of the caller's that the container keeps, at their numbers from 3 on.
enum Preserved {
    /// Those that systemd or another listener has opened for the container; none where they did not come.
    static var listening: Int {
        guard let text = Host.environment("LISTEN_FDS"), let count = Int(text), count > 0, count < 1024,
            (3..<(3 + count)).allSatisfy({ isInherited($0) })
        else { return 0 }
        return count
    }

    /// Refuses a count beyond what is open: the numbers would be those of the runtime's own files.
    static func check(_ asked: Int) throws {
        guard asked >= 0, asked < 1 << 20 else {
            throw ContainerError("--preserve-fds: \(asked) is out of range")
        }
        let first = 3 + listening
        for number in first..<(first + asked) where !isInherited(number) {
            throw ContainerError("--preserve-fds: descriptor \(number) is not open")
        }
    }

    /// Whether it is open and not the runtime's own, which closes on exec as no inherited one does.
    private static func isInherited(_ number: Int) -> Bool { fcntl(Int32(number), F_GETFD) == 0 }

    /// The process with the environment that a listener's descriptors come with.
    static func announce(to process: ProcessSpec) -> ProcessSpec {
        guard listening > 0 else { return process }
        var told = process
        told.env.append("LISTEN_FDS=\(listening)")
        told.env.append("LISTEN_PID=1")
        if let names = Host.environment("LISTEN_FDNAMES") { told.env.append("LISTEN_FDNAMES=" + names) }
        return told
    }
}
