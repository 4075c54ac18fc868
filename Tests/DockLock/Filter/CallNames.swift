import CSeccomp
import Glibc

/// The name of an x86_64 call, where it has one.
func callName(_ number: Int32) -> String? {
    guard let name = seccomp_syscall_resolve_num_arch(Call.x86_64, number) else { return nil }
    defer { free(name) }
    return String(cString: name)
}

/// The number of a call; negative where the architecture has none.
func callNumber(_ name: String, _ architecture: UInt32 = Call.x86_64) -> Int32 {
    seccomp_syscall_resolve_name_arch(architecture, name)
}
