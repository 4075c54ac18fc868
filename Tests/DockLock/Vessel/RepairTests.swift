import Foundation
import Keeper
import Kernel
import Testing
import Upkeep

@testable import Vessel

@Suite struct RepairTests {
    private func repair(_ stage: Stage) throws -> [String] {
        var warnings: [String] = []
        try stage.vessels.repair(nil) { warnings.append($0) }
        return warnings
    }

    @Test func whatNobodyFinishedGoes() throws {
        let stage = try Stage()
        let places = stage.vessels.places
        let kept = try stage.container("web")
        let unfinished = places.containers + "/" + String(repeating: "b", count: 64)
        try Files.makeDirectories(unfinished + "/upper")
        #expect(symlink(String(repeating: "b", count: 64), places.names + "/half") == 0)
        #expect(symlink("nowhere", places.names + "/ghost") == 0)
        #expect(try repair(stage) == [])
        #expect(try Files.list(places.containers) == [kept])
        #expect(try Files.list(places.names) == ["web"])
    }

    @Test func whatIsBeingMadeStays() throws {
        let stage = try Stage()
        let places = stage.vessels.places
        let lease = try stage.vessels.images.lease()
        let id = String(repeating: "b", count: 64)
        try Files.makeDirectories(places.containers + "/" + id)
        try stage.vessels.take("half", for: id)
        _ = try repair(stage)
        #expect(try Files.list(places.containers) == [id])
        #expect(try Files.list(places.names) == ["half"])
        withExtendedLifetime(lease) {}
    }

    /// As SIGKILL of a keeper leaves it: a state that says running, and a lock that nobody holds.
    @Test func aContainerWhoseKeeperWasKilledHasEnded() throws {
        let stage = try Stage()
        let folder = stage.vessels.places.containers + "/" + (try stage.container("web"))
        var state = KeptState()
        state.status = .running
        state.pid = 1
        try Files.replace(folder + "/state.json", with: state.node.encoded())
        try Files.replace(folder + "/keeper.lock", with: [])
        try Files.replace(folder + "/ports", with: Array("0.0.0.0:1->1/tcp\n".utf8))
        #expect(try repair(stage) == [])
        let settled = try KeptState(decoding: try Files.read(folder + "/state.json"))
        #expect(settled.status == .exited && settled.exitStatus == 137 && settled.pid == 0)
        #expect(!Files.exists(folder + "/ports"))
    }
}
