import Glibc
import Kernel
import OCI

/// Descriptors of the caller's that the container keeps, at their numbers from 3 on.
enum Preserved {
    /// Those that systemd or another listener has opened for the container.
    static var listening: Int {
        guard let text = Host.environment("LISTEN_FDS"), let count = Int(text), count > 0, count < 1024 else {
            return 0
        }
        return count
    }

    /// Refuses a count beyond what is open: numbers in between would be taken by the runtime's own files,
    /// which close on exec, as no inherited one does.
    static func check(_ asked: Int) throws {
        guard asked >= 0, asked < 1 << 20 else {
            throw ContainerError("--preserve-fds: \(asked) is out of range")
        }
        for number in 3..<(3 + asked + listening) where fcntl(Int32(number), F_GETFD) != 0 {
            throw ContainerError("--preserve-fds: descriptor \(number) is not open")
        }
    }

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
