import Keeper
import Kernel
import Verbs
import Wiring

// What starting up went through is not needed again.
Memory.releaseCode()
if CommandLine.arguments == [Keeper.programName] { Output.end(Keeper.serve()) }
if CommandLine.arguments.dropFirst().first == Resolver.verb {
    Output.end(Resolver.start(Array(CommandLine.arguments.dropFirst(2))))
}

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
