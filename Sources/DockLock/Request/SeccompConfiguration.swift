import JSON
import Verbs

extension Configuration {
    /// The filter of the container, nil for none.
    func seccomp() throws(UsageError) -> JSONNode? {
        switch request.security.seccomp {
        case .unconfined: return nil
        case .standard: return request.isPrivileged ? nil : SeccompProfile.standard(capabilities)
        case .file(let file):
            do throws(Wrong) {
                return try SeccompProfile.read(premises.seccomp ?? [], capabilities)
            } catch {
                throw Configuration.impossible("--security-opt: seccomp=\(file): \(error.problem)")
            }
        }
    }
}
