import CKernel
import Glibc
import Kernel
import OCI
import Report
import Verbs

extension Dock {
    /// `run`: create, start, and, unless detached, wait and delete. Returns the exit status.
    public func run(_ options: CreateOptions) throws -> Int32 {
        let making = try Making(self, options, asksTerminal: options.detach)
        if !options.detach { Attachment.holdSignals() }
        if !options.noSubreaper, !options.detach {
            _ = dl_syscall(Int(SYS_prctl), Int(PR_SET_CHILD_SUBREAPER), 1, 0, 0, 0, 0)
        }
        try making.make(waits: false)
        var notify: Notify?
        do {
            notify = try Notify.listen(making.folder, journal)
            try making.go()
            try making.launch?.finish()
            if !making.spec.hooks.poststart.isEmpty {
                let state = making.state(.running, pid: making.record.pid)
                try Hooks.run(making.spec.hooks.poststart, "poststart", state)
            }
        } catch {
            making.undo()
            throw error
        }
        guard let launch = making.launch else { return 0 }
        making.folder.unlock()
        if options.detach {
            try notify?.wait(launch.process)
            return 0
        }
        let attachment = try Attachment(terminal: launch.terminal)
        let status = try attachment.wait(launch.process, notify)
        attachment.restore()
        // Another verb may have deleted it already.
        if !options.keep, try making.folder.lock() {
            try delete(making.folder, making.record, making.spec)
        }
        return status
    }
}
