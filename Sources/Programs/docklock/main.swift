import Keeper
import Verbs

if CommandLine.arguments == [Keeper.programName] { Output.end(Keeper.serve()) }

let status: Int32
do {
    let invocation = try Usage.parse(Array(CommandLine.arguments.dropFirst()))
    status = Command(invocation).run()
} catch {
    Output.complain(error.description)
    status = 1
}
Output.end(status)
