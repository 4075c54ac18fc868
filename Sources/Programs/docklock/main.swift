import Kernel
import Verbs
import Wiring

if CommandLine.arguments.dropFirst().first == Resolver.verb {
    Output.end(Resolver.start(Array(CommandLine.arguments.dropFirst(2))))
}

// What starting up went through is not needed again.
Memory.releaseCode()
let status: Int32
do {
    let invocation = try Usage.parse(Array(CommandLine.arguments.dropFirst()))
    status = Command(invocation).run()
} catch {
    Output.complain(error.description)
    status = 1
}
Output.end(status)
