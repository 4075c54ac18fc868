import CKernel
import Glibc

/// Questions to the kernel about itself.
public enum Probe {
    /// Whether seccomp(2) knows these flags for a filter: it looks at them before it looks for the program.
    public static func takesSeccompFlags(_ flags: UInt32) -> Bool {
        // WAIT_KILLABLE_RECV goes only with NEW_LISTENER (bit 3).
        let asked = flags & 0x20 != 0 ? flags | 0x8 : flags
        return dl_syscall(Int(SYS_seccomp), 1, Int(asked), 0, 0, 0, 0) == -Int(EFAULT)
    }
}
