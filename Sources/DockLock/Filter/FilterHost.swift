import CSeccomp
import Kernel

extension Filter {
    /// SECCOMP_FILTER_FLAG_* names that this kernel takes.
    public static var supportedFlags: [String] {
        let known: [(String, UInt32)] = [
            ("SECCOMP_FILTER_FLAG_LOG", flagLog), ("SECCOMP_FILTER_FLAG_SPEC_ALLOW", flagSpecAllow),
            ("SECCOMP_FILTER_FLAG_TSYNC", flagTsync),
            ("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", flagWaitKillable),
        ]
        return known.filter { Probe.takesSeccompFlags($0.1) }.map(\.0)
    }

    /// Of libseccomp, for example `2.5.4`.
    public static var libseccompVersion: String {
        // Sound: the library returns a pointer to a static struct, or NULL.
        guard let version = seccomp_version()?.pointee else { return "unknown" }
        return "\(version.major).\(version.minor).\(version.micro)"
    }
}
