import Keeper
import Kernel
import Request
import Verbs
import Vessel
import Wiring

// What starting up went through is not needed again.
Memory.releaseCode()
if CommandLine.arguments == [Keeper.programName] { Output.end(Keeper.serve(Vessels.tasks())) }
if CommandLine.arguments == [Pause.path] { Pause.keep() }
if CommandLine.arguments.dropFirst().first == Resolver.verb {
    Output.end(Resolver.start(Array(CommandLine.arguments.dropFirst(2))))
}
if CommandLine.arguments.dropFirst().first == Forwarder.verb {
    Output.end(Forwarder.start(Array(CommandLine.arguments.dropFirst(2))))
}

let status: Int32
do {
    var words = Array(CommandLine.arguments.dropFirst())
    if words.contains("container") { words = Language.plain(words) }
    try Handover.perform(words)
    if let command = try UserCommand(words) {
        status = command.run()
    } else {
        let command = Command(try Usage.parse(words))
        Memory.releaseCode()
        status = command.run()
    }
} catch {
    Output.complain("\(error)")
    status = 1
}
Output.end(status)
