import CKernel
import Glibc
import Kernel

/// A pid namespace around a container's own. Whoever holds its first process ends everything within by
/// ending that one, and so does the kernel when that process dies for any other reason.
public struct OuterNamespace: Sendable {
    private static let newPid = 0x2000_0000

    /// A descriptor of the namespace.
    let number: Int32
    /// A descriptor of the runtime's own.
    let own: Int32

    /// Both descriptors stay the caller's, which keeps them open as long as containers are made here.
    public init(_ number: Int32, own: Int32) {
        self.number = number
        self.own = own
    }

    /// Closes the descriptor of the namespace.
    public func close() { _ = Glibc.close(number) }

    /// From here on children are born in it.
    func enter() throws(SystemError) {
        try SystemError.checkReturned(
            dl_syscall(Int(SYS_setns), Int(number), Self.newPid, 0, 0, 0, 0), "setns", "pid")
    }

    /// Hooks and everything else are born in the runtime's own.
    func leave() { _ = dl_syscall(Int(SYS_setns), Int(own), Self.newPid, 0, 0, 0, 0) }

    /// Our number of the child that has this number in the namespace.
    func child(_ inner: Int32) throws -> Int32 {
        let children = try Files.text("/proc/thread-self/children").split(separator: " ")
        for word in children {
            guard let pid = Int32(word), let status = try? Files.text("/proc/\(pid)/status") else { continue }
            for line in status.split(separator: "\n") where line.hasPrefix("NSpid:") {
                let numbers = line.dropFirst("NSpid:".utf8.count).split(whereSeparator: { $0 == "\t" })
                if numbers.count > 1, Int32(numbers[1]) == inner { return pid }
            }
        }
        throw ContainerError("the container's process \(inner) is not among the children")
    }
}
