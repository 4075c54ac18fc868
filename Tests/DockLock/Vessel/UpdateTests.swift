import Keeper
import Kernel
import Request
import Testing
import Upkeep

@testable import Vessel

@Suite struct UpdateTests {
    private func update(_ stage: Stage, _ words: String...) throws -> (status: Int32, wrongs: [String]) {
        guard case .update(let containers, let resources, let policy) = try UserLine.parse(["update"] + words)
        else { throw VesselError("no update") }
        var wrongs: [String] = []
        let status = try stage.vessels.update(
            containers, resources, policy, tell: { _ in }, complain: { wrongs.append($0) })
        return (status, wrongs)
    }

    @Test func theNextStartHasWhatWasAskedFor() throws {
        let stage = try Stage()
        let id = try stage.container("web", resources: #"{"memory": {"limit": 64, "swap": 128}}"#)
        #expect(
            try update(stage, "-m", "8m", "--cpus", "0.5", "--restart", "on-failure:3", "web").status == 0)
        let told = try stage.inspect(
            "-f", "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}}", "web")
        #expect(told == "8388608 128 500000000\n")
        let folder = stage.vessels.places.containers + "/" + id
        #expect(try Keeper.keeping(of: folder).restart == RestartPolicy(.onFailure, most: 3))
    }

    @Test func oneThatGoesAtItsEndIsNotRestarted() throws {
        let stage = try Stage()
        let folder = stage.vessels.places.containers + "/" + (try stage.container("web"))
        var keeping = try Keeper.keeping(of: folder)
        keeping.removes = true
        try Files.replace(folder + "/keeping.json", with: keeping.node.encoded())
        let refused = try update(stage, "--restart", "always", "web")
        #expect(refused.status == 125 && refused.wrongs.first?.contains("web") == true)
        #expect(try update(stage, "-m", "8m", "nobody").status == 1)
    }
}
