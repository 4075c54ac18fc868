import JSON
import Kernel
import Request
import Testing
import Upkeep

@testable import Vessel

@Suite struct HappeningsTests {
    private func stage() throws -> Stage {
        let stage = try Stage()
        var lines: [UInt8] = []
        for (second, action, name) in [(1, "start", "web"), (2, "die", "web"), (3, "start", "db")] {
            let id = String(repeating: name == "web" ? "a" : "b", count: 64)
            let time = Moment(Int64(second) * 1_000_000_000)
            lines += Event(action, id: id, name: name, image: "app:1", time: time).line
        }
        // Half a line: its writer was killed.
        try Files.replace(stage.vessels.places.events, with: lines + Array("{\"status\"".utf8))
        return stage
    }

    private func events(_ stage: Stage, _ words: String...) throws -> [String] {
        let all = ["events", "--since", "1", "--format", "{{.Action}} {{.Actor.Attributes.name}}"] + words
        guard case .events(let request) = try UserLine.parse(all) else { throw VesselError("no events") }
        var lines: [String] = []
        try stage.vessels.events(request) { lines.append($0) }
        return lines
    }

    @Test(arguments: [
        (["--until", "10"], ["start web", "die web", "start db"]),
        (["--until", "2"], ["start web", "die web"]),
        (["--stream=false", "--since", "2"], ["die web", "start db"]),
        (
            ["--until", "9", "--filter", "event=start", "--filter", "event=die"],
            ["start web", "die web", "start db"]
        ),
        (["--until", "9", "--filter", "event=start", "--filter", "container=db"], ["start db"]),
        (["--until", "9", "--filter", "container=aaaa"], ["start web", "die web"]),
        (["--until", "9", "--filter", "image=other"], []),
    ])
    func thoseThatAreChosen(_ words: [String], _ told: [String]) throws {
        let stage = try stage()
        let all = ["events", "--since", "1", "--format", "{{.Action}} {{.Actor.Attributes.name}}"] + words
        guard case .events(let request) = try UserLine.parse(all) else { throw VesselError("no events") }
        var lines: [String] = []
        try stage.vessels.events(request) { lines.append($0) }
        #expect(lines == told)
    }

    @Test func asSentences() throws {
        let line = Event(
            "start", id: "a1", name: "web", image: "app:1", time: Moment(1_000_000_000)
        ).line
        #expect(
            Vessels.sentence(try JSON.parse(line))
                == "1970-01-01T00:00:01.000000000Z container start a1 (image=app:1, name=web)")
    }

    @Test func anUnknownFilterIsRefused() throws {
        let stage = try stage()
        #expect(throws: VesselError.self) { try events(stage, "--until", "9", "--filter", "colour=red") }
    }
}
