import JSON
import Kernel
import OCI

/// Hooks that run in the runtime's own namespaces.
enum Hooks {
    /// Runs them in order; the first that fails ends it.
    static func run(_ hooks: [Hook], _ kind: String, _ state: JSONNode) throws {
        guard !hooks.isEmpty else { return }
        let input = try Memory.file("state", state.encoded(), isSealed: false)
        for (index, hook) in hooks.enumerated() {
            let name = "\(kind) hook \(index + 1), \(hook.path)"
            let status: Int32?
            do {
                status = try Processes.run(
                    hook.path, hook.args.isEmpty ? [hook.path] : hook.args, env: hook.env,
                    input: input.number,
                    seconds: hook.timeout ?? 0)
            } catch {
                throw ContainerError("\(name): \(SystemError.text(error.code))")
            }
            guard let status else { throw ContainerError("\(name): timed out after \(hook.timeout ?? 0) s") }
            guard status == 0 else {
                throw ContainerError(
                    name + (status > 128 ? ": killed by signal \(status - 128)" : ": exit status \(status)"))
            }
        }
    }

    /// Runs each whatever becomes of the others, for hooks that must not stop what they watch (poststart is
    /// no such: its failure is the verb's).
    static func runAll(_ hooks: [Hook], _ kind: String, _ state: JSONNode, _ journal: Journal) {
        for hook in hooks {
            do { try run([hook], kind, state) } catch { journal.warn("\(error)") }
        }
    }
}
