import Glibc
import Kernel
import Request
import Verbs
import Vessel

/// A person's command line, carried out.
struct UserCommand {
    let vessels: Vessels
    let line: [String]

    /// The command line, where it is a person's; nil where it is an engine's.
    init?(_ arguments: [String]) throws(UsageError) {
        let (places, isUsers) = try UserCommand.places(arguments)
        var vessels = Vessels(places)
        vessels.handOver = { try Handover.run($0) }
        vessels.complain = { Output.complain($0) }
        let found = vessels
        let witness = Witness(
            hasConfiguration: { Files.exists("config.json") }, isUsers: { found.has($0) })
        let (language, verb) = Language.of(arguments, witness)
        if verb + 2 == arguments.count, arguments[verb] == "help",
            UserLine.verbs.contains(arguments[verb + 1])
        {
            self.vessels = vessels
            line = [arguments[verb + 1], "--help"]
            return
        }
        guard language == .user || isUsers, verb < arguments.count else { return nil }
        guard !["help", "version"].contains(arguments[verb]) else { return nil }
        self.vessels = vessels
        line = Array(arguments[verb...])
    }

    /// The flags before the verb that say where things are, and whether one of them is people's alone; what
    /// else stands there is an engine's matter.
    private static func places(_ arguments: [String]) throws(UsageError) -> (Places, isUsers: Bool) {
        var found: [String: String] = [:]
        var at = 0
        while at < arguments.count, arguments[at].hasPrefix("--") {
            let word = arguments[at].dropFirst(2)
            at += 1
            guard let name = ["data-root", "root"].first(where: { word == $0 || word.hasPrefix($0 + "=") })
            else { continue }
            var value = String(word.dropFirst(name.utf8.count + 1))
            if word == name {
                guard at < arguments.count else { throw UsageError("--\(name) needs a value") }
                value = arguments[at]
                at += 1
            }
            if name == "data-root", !value.hasPrefix("/") {
                throw UsageError("--data-root: \(value) is not absolute")
            }
            found[name] = value
        }
        let places = Places(data: found["data-root"], stateRoot: found["root"])
        return (places, found["data-root"] != nil)
    }

    /// The exit status, as docker's and podman's.
    func run() -> Int32 {
        do {
            // A verb of both languages, here of the people's whose place --data-root names.
            if line.first == "repair", line.count < 3, line.last?.hasPrefix("-") == false {
                try vessels.repair(line.dropFirst().first, warn: Output.complain)
                return 0
            }
            return try perform(try UserLine.parse(line))
        } catch let error as UsageError {
            Output.complain(error.description)
            return UserLine.refused
        } catch {
            Output.complain("\(error)")
            return Vessels.status(of: error)
        }
    }

    private func perform(_ verb: UserVerb) throws -> Int32 {
        let environment = Host.variables.map { Setting($0.name, $0.value) }
        switch verb {
        case .run(let request): return try vessels.run(request, environment: environment, tell: tell)
        case .create(let request): try tell(try vessels.create(request, environment: environment))
        case .start(let request): return try vessels.start(request, tell: tell, complain: Output.complain)
        case .attach(let request): return try vessels.attach(request)
        case .stop(let request):
            return try vessels.stop(request, restarts: false, tell: tell, complain: Output.complain)
        case .restart(let request):
            return try vessels.stop(request, restarts: true, tell: tell, complain: Output.complain)
        case .kill(let request): return try vessels.kill(request, tell: tell, complain: Output.complain)
        case .pause(let request):
            return try vessels.pause(request, true, tell: tell, complain: Output.complain)
        case .unpause(let request):
            return try vessels.pause(request, false, tell: tell, complain: Output.complain)
        case .wait(let request): return try vessels.wait(request, tell: tell, complain: Output.complain)
        case .remove(let request): return try vessels.remove(request, tell: tell, complain: Output.complain)
        case .list(let request): try Output.print(try vessels.list(request))
        case .logs(let request): try vessels.logs(request)
        case .exec(let request): return try vessels.exec(request, environment: environment)
        case .port(let request):
            try Output.print(try vessels.ports(request.subjects[0], only: request.rest.first))
        case .rename(let container, let name): try vessels.rename(container, to: name)
        case .help(let topic): try Output.print(UserLine.help(topic))
        case .inspect(let request): try Output.print(try vessels.inspect(request))
        case .prune(let request):
            return try vessels.prune(
                request, tell: tell, complain: Output.complain, confirm: UserCommand.confirms)
        case .volume(let request):
            return try vessels.volume(
                request, tell: tell, complain: Output.complain, confirm: UserCommand.confirms)
        case .network(let request):
            return try vessels.network(
                request, tell: tell, complain: Output.complain, confirm: UserCommand.confirms)
        case .top(let request): try Output.print(try vessels.top(request))
        case .stats(let request): try vessels.stats(request, clears: isatty(1) == 1, tell: tell)
        case .events(let request): try vessels.events(request, tell: tell)
        case .update(let containers, let resources, let policy):
            return try vessels.update(
                containers, resources, policy, tell: tell, complain: Output.complain)
        case .copy(let request): try vessels.copy(request)
        case .diff:
            // Kept for the other program, to which it goes before anything is read here.
            throw VesselError("diff is a verb of \(Handover.program)")
        }
        return 0
    }

    /// Whether a command line is an `inspect` of what this program keeps, not of images.
    static func isOurs(_ arguments: [String]) -> Bool {
        guard let command = try? UserCommand(arguments), let verb = try? UserLine.parse(command.line),
            case .inspect(let request) = verb
        else { return false }
        return command.vessels.shows(request)
    }

    /// Asks before something goes for good.
    private static func confirms(_ what: String) -> Bool {
        try? Output.print(
            "WARNING! This will remove \(what).\nAre you sure you want to continue? [y/N] ")
        guard let answer = readLine() else { return false }
        return ["y", "Y", "yes"].contains(answer)
    }

    private func tell(_ text: String) throws { try Output.print(text + "\n") }
}
