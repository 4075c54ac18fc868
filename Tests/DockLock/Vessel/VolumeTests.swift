import Kernel
import Testing

@testable import Vessel

@Suite struct VolumeTests {
    @Test func madeListedAndRemoved() throws {
        let stage = try Stage()
        #expect(try stage.volume("create", "-l", "a=b", "data").lines == ["data"])
        let unnamed = try #require(try stage.volume("create").lines.first)
        #expect(unnamed.utf8.count == 64)
        #expect(try stage.volume("create", "data").lines == ["data"])
        #expect(try stage.volume("ls", "-q").lines == [unnamed, "data"].sorted())
        #expect(try stage.volume("ls", "-q", "--filter", "label=a=b").lines == ["data"])
        #expect(
            try stage.volume("ls", "--filter", "name=dat").lines == [
                "DRIVER    VOLUME NAME", "local     data",
            ])
        let shown = try stage.volume("inspect", "-f", "{{.Mountpoint}} {{.Labels.a}}", "data").lines
        #expect(shown == ["\(stage.vessels.places.volumes)/data/_data b"])
        #expect(try stage.volume("rm", "data").status == 0)
        #expect(try stage.volume("exists", "data").status == 1)
        #expect(try stage.volume("rm", "data").wrongs == ["no such volume: data"])
        #expect(try stage.volume("rm", "-f", "data").status == 0)
    }

    @Test func oneInUseStays() throws {
        let stage = try Stage()
        _ = try stage.volume("create", "data")
        _ = try stage.volume("create", "other")
        let path = stage.vessels.places.volumes + "/data/_data"
        try stage.container(
            "web", mounts: #"{"destination": "/d", "source": "\#(path)/sub", "options": ["rbind"]}"#)
        let refused = try stage.volume("rm", "data")
        #expect(refused.status == 2 && refused.wrongs.first?.contains("web") == true)
        #expect(try stage.volume("ls", "-q", "--filter", "dangling=true").lines == ["other"])
        #expect(try stage.volume("prune", "--all", confirms: false).lines == [])
        #expect(try stage.volume("prune", "--all").lines == ["other"])
        #expect(Files.exists(path))
    }

    @Test func pruneLeavesWhatHasAName() throws {
        let stage = try Stage()
        _ = try stage.volume("create", "data")
        let unnamed = try stage.volume("create").lines
        #expect(try stage.volume("prune", "-f").lines == unnamed)
        #expect(try stage.volume("ls", "-q").lines == ["data"])
    }
}
