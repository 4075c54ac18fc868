import ArgumentParser
import Glibc
import Kernel
import Manual
import Pods

// `docklock` hands over here by execve, with its own name and arguments. `--data-root DIR` may stand before
// the verb, as docker has it: it goes to the verb, whose option it is.
var words = Array(CommandLine.arguments.dropFirst())
let places = ["--data-root", "--root"].compactMap { flag in
    DataRoot.leading(flag, &words).map { [flag, $0] }
}
let verbs = words.first.map { DockLock.groups.contains($0) } == true ? 2 : 1
if !DockLock.storeless.contains(words.first ?? "") {
    words.insert(contentsOf: places.flatMap { $0 }, at: min(verbs, words.count))
}
do {
    // Of both programs, which is why `docklock` hands it over.
    if words == ["--help"] {
        try Output.print(try Manual.ofPrograms().overview)
        _exit(0)
    }
    var command = try DockLock.parseAsRoot(words)
    try command.run()
} catch let error as VpodError {
    Output.complain(error.description)
    _exit(error.status)
} catch let error as Failure {
    Output.complain(error.description)
    _exit(error.status)
} catch {
    // What the parser threw: help and versions go to stdout; docker ends with 125 where a flag is wrong.
    let status = DockLock.exitCode(for: error)
    let message = DockLock.message(for: error)
    if status == .success {
        Output.printOrEnd(message + "\n")
        _exit(0)
    }
    Output.complain(status == .validationFailure ? message : "\(error)")
    _exit(status == .validationFailure ? 125 : 1)
}
