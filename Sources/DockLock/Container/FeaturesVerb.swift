import Filter
import JSON
import Kernel
import Plan
import Report

extension Dock {
    /// `features`: what this program can do, as the specification's document.
    public func features(version: String, commit: String?) -> [UInt8] {
        let features = Features(
            version: version, commit: commit, mountOptions: Plan.mountOptions,
            seccompFlags: Filter.supportedFlags,
            libseccompVersion: Filter.libseccompVersion, checkpoints: criuPath != nil)
        return features.node.encoded(pretty: true) + [UInt8(ascii: "\n")]
    }

    /// Where criu is installed, or the path that `--criu` gave.
    var criuPath: String? {
        if criu.utf8.contains(UInt8(ascii: "/")) { return Files.exists(criu) ? criu : nil }
        return ["/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/"].map { $0 + criu }
            .first { Files.exists($0) }
    }
}
