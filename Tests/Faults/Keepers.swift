import CHarness
import Foundation
import Harness
import Testing

/// Keepers of people's containers that are killed.
@Suite(.blackBox, .enabled(if: getuid() == 0 && Runtime.tested.kind == .ours)) struct Keepers {
    @Test func repairClearsWhatAKilledKeeperLeft() throws {
        let folder = Host.shared.folder + "/keepers"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let root = folder + "/root"
        for name in ["", "/bin"] { mkdir(root + name, 0o755) }
        try FileManager.default.copyItem(atPath: "/bin/busybox", toPath: root + "/bin/busybox")
        symlink("busybox", root + "/bin/sleep")
        func docklock(_ words: String...) throws -> Command.Outcome {
            let all = ["--data-root", folder + "/data", "--root", folder + "/run"] + words
            return try Runtime.tested.command(all).run(in: folder)
        }
        let packed = try Command("/bin/tar", ["-C", root, "-cf", folder + "/root.tar", "."]).run(in: folder)
        try #require(packed.succeeded, "\(packed)")
        let imported = try docklock("import", folder + "/root.tar", "app:1")
        try #require(imported.succeeded, "\(imported)")
        let run = try docklock("run", "-d", "--name", "web", "--network", "none", "app:1", "sleep", "1000")
        try #require(run.succeeded, "\(run)")
        defer { _ = try? docklock("rm", "-f", "web") }

        let id = run.line(0)
        let path = folder + "/data/containers/\(id)/state.json"
        let state = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
        let keeper = try #require((state as? [String: Any])?["keeperPid"] as? Int32)
        #expect(kill(keeper, SIGKILL) == 0)
        #expect(harness_wait(keeper, 30_000) == SIGKILL)

        let repaired = try docklock("repair")
        #expect(repaired.succeeded && repaired.err.isEmpty, "\(repaired)")
        #expect(
            try docklock("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "web").line(0)
                == "exited 137")
        #expect(!Host.exists(folder + "/run/" + id))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/run-keeper") == [])
        #expect(try docklock("start", "web").succeeded)
        #expect(try docklock("inspect", "-f", "{{.State.Running}}", "web").line(0) == "true")
    }
}
