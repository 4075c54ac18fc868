import Kernel
import Verbs

// What starting up went through is not needed again.
Memory.releaseCode()
let status: Int32
do {
    try Handover.perform(CommandLine.arguments)
    let invocation = try Usage.parse(Array(CommandLine.arguments.dropFirst()))
    status = Command(invocation).run()
} catch {
    Output.complain("\(error)")
    status = 1
}
Output.end(status)
