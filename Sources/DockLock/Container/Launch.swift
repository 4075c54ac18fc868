import CKernel
import Glibc
import Kernel
import Plan

/// A child on its way from clone to exec, and the conversation with it.
final class Launch {
    let plan: Plan
    let channel: Channel
    private(set) var pid: Int32
    /// Of the process; the launch owns it.
    private(set) var process: Int32
    /// The terminal's master, where the plan has a console and no socket for it; the launch owns it.
    private(set) var terminal: Int32 = -1
    /// Kept until the conversation is over: closing the mount it lies on waits for the kernel.
    private let program: Descriptor

    deinit {
        close(process)
        if terminal >= 0 { close(terminal) }
    }

    /// The pid namespace that the child's own lies in; nil where that is ours.
    private let outer: OuterNamespace?

    /// Clones. `opened` are the plan's needs; the caller closes them afterwards.
    init(_ plan: Plan, opened: [Int32], cgroup: Int32, outer: OuterNamespace? = nil) throws {
        Memory.releaseCode()
        self.plan = plan
        self.outer = outer
        let channel = try Channel()
        let childEnd = Descriptor(channel.child)
        let blob = try Memory.file("plan", Blob.encode(plan, socket: childEnd.number, opened: opened))
        program = Descriptor(try Processes.readonlySelf())
        try outer?.enter()
        defer { outer?.leave() }
        (pid, process) = try Processes.walk(
            program: program.number, blob: blob.number, keep: opened + [childEnd.number],
            flags: plan.cloneFlags,
            cgroup: cgroup)
        Memory.releaseCode()
        self.channel = channel
    }

    /// Talks until the child has reached `last`, whose answer is left to `go`. `answer` returns the
    /// descriptors that a phase before it wants.
    func talk(until last: Phase, _ answer: (Phase, Int32) throws -> [Int32]) throws {
        while true {
            switch try channel.receive() {
            case .asks(let number):
                guard let phase = Phase(rawValue: number) else {
                    throw ContainerError("unknown phase \(number)")
                }
                if phase == last { return }
                let descriptors = try answer(phase, pid)
                try channel.go(descriptors)
            case .forked(let next): try follow(next)
            case .terminal(let master):
                terminal = master
                // Before the program starts: one that asks for the size at once must see it.
                Attachment.copySize(to: master)
            case .failed(let step, let code, let status): throw failure(step, code, status)
            case .end: throw ended()
            }
        }
    }

    /// After the last phase's answer: until the child has executed.
    func finish() throws {
        switch try channel.receive() {
        case .end: return
        case .failed(let step, let code, let status): throw failure(step, code, status)
        default: throw ContainerError("the container's process spoke out of turn")
        }
    }

    private func follow(_ next: Int32) throws {
        _ = try Processes.wait(process)
        close(process)
        pid = try outer?.child(next) ?? next
        process = try Processes.open(pid: pid).take()
    }

    private func failure(_ step: Int, _ code: Int32, _ status: Int32) -> LaunchError {
        LaunchError(
            words: plan.describe(step: step),
            operation: plan.steps.indices.contains(step) ? plan.steps[step].operation : nil,
            code: code, status: status)
    }

    /// Died without a word: killed, for example by its cgroup's memory limit or its own filter.
    private func ended() -> ContainerError {
        let how = (try? Processes.wait(process)).flatMap { $0 }.map { "status \($0)" } ?? "no status"
        return ContainerError("the container's process ended before it was ready (\(how))")
    }

    /// Ends the child, for good.
    func kill() {
        _ = dl_pidfd_send_signal(process, SIGKILL)
        _ = try? Processes.wait(process)
    }
}

/// A step of the child that failed.
struct LaunchError: Error, CustomStringConvertible {
    var words: String
    var operation: Operation?
    var code: Int32
    /// A hook's wait status.
    var status: Int32

    var description: String {
        switch operation {
        case .resolve where code == ENOENT:
            return words + ": executable file not found in $PATH: no such file or directory"
        case .hook where code == ECHILD:
            let signal = status & 0x7f
            if signal == 0 { return words + ": error running hook: exit status \(status >> 8 & 0xff)" }
            let why = signal == SIGSYS ? " (bad system call)" : ""
            return words + ": error running hook: killed by signal \(signal)" + why
        case .mount where code == ELOOP:
            return words + ": must be mounted on ordinary directory, not on a symbolic link"
        case .hook where code == ETIMEDOUT: return words + ": timed out"
        default: return words + ": " + SystemError.text(code)
        }
    }

    /// Whether the program itself could not be run, rather than its container made.
    var isProgram: Bool { operation == .resolve || operation == .exec }
}
