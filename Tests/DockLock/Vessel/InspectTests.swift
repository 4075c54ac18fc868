import Keeper
import Kernel
import Request
import Testing

@testable import Vessel

@Suite struct InspectTests {
    private func inspected(_ stage: Stage, _ template: String) throws -> String {
        try stage.inspect("-f", template, "web")
    }

    @Test func aContainerThatWasNeverStarted() throws {
        let stage = try Stage()
        try stage.container(
            "web", resources: #"{"memory": {"limit": 64}, "cpu": {"quota": 50, "period": 100}}"#
        ) {
            $0.hostname = "box"
            $0.labels = [("a", "b")]
            $0.ports = ["127.0.0.1:8080:80/tcp"]
        }
        #expect(try inspected(stage, "{{.Name}} {{.Path}} {{.Args}}") == "/web /bin/app [-x]\n")
        #expect(try inspected(stage, "{{.State.Status}} {{.State.Running}}") == "created false\n")
        #expect(try inspected(stage, "{{.State.StartedAt}}") == "0001-01-01T00:00:00Z\n")
        #expect(
            try inspected(stage, "{{.Config.Image}} {{.Config.User}} {{.Config.Env}}") == "app:1 7:8 [A=b]\n")
        #expect(try inspected(stage, "{{json .Config.Labels}}") == #"{"a":"b"}"# + "\n")
        #expect(try inspected(stage, "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}") == "64 500000000\n")
        #expect(
            try inspected(stage, "{{.HostConfig.NetworkMode}} {{.HostConfig.ReadonlyRootfs}}")
                == "none true\n")
        #expect(
            try inspected(stage, "{{json .HostConfig.PortBindings}}")
                == #"{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8080"}]}"# + "\n")
    }

    @Test func mountsTellVolumesFromDirectories() throws {
        let stage = try Stage()
        let volume = stage.vessels.places.volumes + "/data/_data"
        let own = stage.vessels.places.containers + "/" + String(repeating: "a", count: 64)
        try stage.container(
            "web",
            mounts: """
                {"destination": "/proc", "type": "proc", "source": "proc"},
                {"destination": "/d", "type": "bind", "source": "\(volume)", "options": ["rbind", "rw"]},
                {"destination": "/m", "type": "bind", "source": "/mnt", "options": ["rbind", "ro"]},
                {"destination": "/etc/hosts", "type": "bind", "source": "\(own)/hosts", "options": ["bind"]}
                """)
        let told = try inspected(stage, "{{range .Mounts}}{{.Type}} {{.Destination}} {{.RW}};{{end}}")
        #expect(told == "volume /d true;bind /m false;\n")
        #expect(try inspected(stage, "{{with index .Mounts 0}}{{.Name}}{{end}}") == "data\n")
    }

    @Test func publishedPortsAreThoseOfNow() throws {
        let stage = try Stage()
        let id = try stage.container("web")
        try Files.replace(
            stage.vessels.places.containers + "/\(id)/ports",
            with: Array("0.0.0.0:8080->80/tcp\n[::]:8080->80/tcp\n".utf8))
        #expect(
            try inspected(stage, "{{json .NetworkSettings.Ports}}")
                == #"{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}]}"#
                + "\n")
    }

    @Test func whatIsOfAnotherTypeIsNotFound() throws {
        let stage = try Stage()
        try stage.container("web")
        _ = try stage.volume("create", "data")
        #expect(try stage.inspect("-f", "{{.Name}}", "web", "data") == "/web\ndata\n")
        #expect(throws: VesselError("no such volume: web", status: 1)) {
            try stage.inspect("--type", "volume", "web")
        }
        var request = LookRequest()
        request.subjects = ["app"]
        #expect(!stage.vessels.shows(request))
        request.subjects = ["data"]
        #expect(stage.vessels.shows(request))
        request.type = "image"
        #expect(!stage.vessels.shows(request))
    }
}
