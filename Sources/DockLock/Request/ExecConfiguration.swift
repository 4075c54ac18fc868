import OCI
import Verbs

extension UserExecRequest {
    /// The runtime's words for it: the user found, variables filled in.
    /// - Parameters:
    ///   - id: the container's full id.
    ///   - premises: `passwd`, `group`, `environment` and `capabilities` count.
    /// - Throws: `UsageError` for a user or group that the container does not know.
    public func options(id: String, _ premises: Premises) throws(UsageError) -> ExecOptions {
        var options = ExecOptions()
        options.id = id
        options.args = command
        options.tty = hasTerminal
        options.detach = isDetached
        options.cwd = workingDirectory
        options.preserveFDs = preservedDescriptors
        if hasTerminal { options.env.append("TERM=xterm") }
        if let user {
            do throws(Wrong) {
                let account = try Account.find(
                    user, groups: [], passwd: premises.passwd, group: premises.group)
                options.user = UserSpec(uid: account.uid, gid: account.gid)
                options.additionalGids = account.groups
                options.env.append("HOME=\(account.home)")
            } catch {
                throw UsageError("--user: \(error.problem)", verb: "exec")
            }
        }
        for variable in EnvironmentEntry.resolve(environment, premises.environment) {
            options.env.append("\(variable.name)=\(variable.value)")
        }
        if isPrivileged { options.capabilities = Configuration.names(of: premises.capabilities) }
        return options
    }
}

extension EnvironmentEntry {
    /// The entries as variables, in order; those to inherit are looked up, and left out where there are none.
    static func resolve(_ entries: [EnvironmentEntry], _ own: [Setting]) -> [Setting] {
        var found: [Setting] = []
        for entry in entries {
            switch entry {
            case .set(let name, let value): found.append(Setting(name, value))
            case .inherit(let name):
                let isPattern = name.hasSuffix("*")
                found += own.filter { isPattern ? $0.name.hasPrefix(name.dropLast()) : $0.name == name }
            }
        }
        return found
    }
}
