import Foundation
import OCI
import Testing
import Verbs

@testable import Request

/// Whole configurations, against files that a person has read. After a change that is meant, GOLDEN=write
/// rewrites them, and the difference is read again. The filter has tests of its own and is left out of the
/// files.
@Suite struct GoldenConfigurations {
    private static let folder: URL = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder.appendingPathComponent("Golden/request")
    }()

    private func text(_ chosen: Case) throws -> String {
        let bytes = try chosen.configuration().encoded()
        var object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        var linux = try #require(object["linux"] as? [String: Any])
        if linux["seccomp"] != nil { linux["seccomp"] = ["defaultAction": "SCMP_ACT_ERRNO"] }
        object["linux"] = linux
        let data = try JSONSerialization.data(
            withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    @Test(arguments: Case.all) func configurationIsAsWritten(_ chosen: Case) throws {
        let found = try text(chosen)
        let file = Self.folder.appendingPathComponent(chosen.name + ".json")
        if ProcessInfo.processInfo.environment["GOLDEN"] == "write" {
            try found.write(to: file, atomically: true, encoding: .utf8)
        }
        let wanted = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        let lines = found.split(separator: "\n")
        for (index, line) in lines.enumerated() where index < wanted.count {
            #expect(line == wanted[index], "\(chosen.name), line \(index + 1)")
        }
        #expect(lines.count == wanted.count)
    }

    @Test func everyFileHasItsCase() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(Set(files) == Set(Case.all.map { $0.name + ".json" }))
    }

    @Test(arguments: Case.all) func theRuntimeTakesIt(_ chosen: Case) throws {
        let bytes = try chosen.configuration().encoded()
        #expect(try chosen.configuration().encoded() == bytes)
        let spec = try Spec.decode(bytes)
        try spec.validate()
        #expect(spec.process?.capabilities?.unknown == [])
        if let source = spec.linux.seccomp { _ = try Seccomp.decode(source) }
    }

    private func spec(
        _ line: String, image: (inout ImageConfiguration) -> Void = { _ in },
        premises: (inout Premises) -> Void = { _ in }
    ) throws -> Spec {
        try Spec.decode(Case("", line, image: image, premises: premises).configuration().encoded())
    }

    private func problem(_ line: String, image: (inout ImageConfiguration) -> Void = { _ in }) -> String {
        do {
            _ = try Case("", line, image: image).configuration().encoded()
            return "accepted"
        } catch {
            return (error as? UsageError)?.problem ?? "\(error)"
        }
    }

    @Test(arguments: [
        ("box", ["/entry", "image"]), ("box own", ["/entry", "own"]), ("--entrypoint /mine box", ["/mine"]),
        ("--entrypoint /mine box own", ["/mine", "own"]), ("--entrypoint '' box own", ["own"]),
        ("--init box", ["/dev/init", "--", "/entry", "image"]),
    ]) func theCommandIsDockers(line: String, wanted: [String]) throws {
        let spec = try spec(line) { ($0.entrypoint, $0.command) = (["/entry"], ["image"]) }
        #expect(spec.process?.args == wanted)
    }

    @Test(arguments: [
        ("box", 0, 0, [], "/root"), ("-u 1000 box", 1000, 1001, [6, 29, 1001], "/home/user"),
        ("-u user box", 1000, 1001, [6, 29, 1001], "/home/user"),
        ("-u user:disk box", 1000, 6, [6], "/home/user"),
        ("-u 77 box", 77, 0, [0], "/"), ("-u 77:88 box", 77, 88, [88], "/"),
        ("-u :29 box", 0, 29, [29], "/root"),
        ("-u user --group-add 5 --group-add disk box", 1000, 1001, [5, 6, 29, 1001], "/home/user"),
    ]) func usersAreFound(line: String, uid: UInt32, gid: UInt32, groups: [UInt32], home: String) throws {
        let process = try #require(try spec(line).process)
        #expect(process.user.uid == uid && process.user.gid == gid && process.user.additionalGids == groups)
        #expect(process.env.contains("HOME=\(home)"))
    }

    @Test func theImagesUserCounts() throws {
        #expect(try spec("box") { $0.user = "user:29" }.process?.user.gid == 29)
        #expect(try spec("-u 0 box") { $0.user = "user" }.process?.user.uid == 0)
    }

    @Test(arguments: [
        ("--user nobody box", "--user: the image's /etc/passwd has no user \"nobody\""),
        ("--user 0:none box", "--user: the image's /etc/group has no group \"none\""),
        ("--entrypoint '' box", "no command was given, and the image \"box\" names none"),
        ("-v lost:/a box", "there is no volume lost for /a"),
        ("--pid container:x box", "--pid: there is no container x"),
        ("--userns private box", "--userns: there are no ids for a user namespace"),
        ("--cap-add ALL --cap-drop ALL box", "--cap-add ALL and --cap-drop ALL exclude each other"),
        ("--cap-add KILL --cap-drop KILL box", "CAP_KILL is both added and dropped"),
        ("--security-opt label=type:x box", "--security-opt: label: SELinux is not supported here"),
        ("--security-opt seccomp=f box", "--security-opt: seccomp=f: "),
        ("--device-read-bps /dev/x:1 box", "/dev/x is not a block device of the host's"),
        ("--mount type=image,src=i,dst=/a box", "there is no image i for /a"),
    ]) func whatCannotBe(line: String, wanted: String) {
        #expect(problem(line).hasPrefix(wanted), "\(line): \(problem(line))")
    }

    @Test func capabilitiesAreNoMoreThanAsked() throws {
        let plain = try #require(try spec("box").process?.capabilities)
        #expect(plain.bounding == 0x8004_05FB)
        #expect(plain.effective == plain.bounding && plain.ambient == 0 && plain.inheritable == 0)
        let user = try #require(try spec("-u user --cap-add KILL box").process?.capabilities)
        #expect(user.effective == 1 << 5 && user.ambient == 1 << 5)
        let dropped = try #require(try spec("--cap-drop ALL --cap-add KILL box").process?.capabilities)
        #expect(dropped.bounding == 1 << 5)
        let all = try #require(
            try spec("--cap-add ALL --cap-drop SYS_ADMIN box", premises: { $0.capabilities = 0xF0_0000 })
                .process?
                .capabilities)
        #expect(all.bounding == 0xD0_0000)
    }

    @Test func theImageCompletes() throws {
        var image = ImageConfiguration()
        image.labels = [Setting("a", "1"), Setting("b", "2")]
        image.exposed = ["80/tcp", "53/udp"]
        image.stopSignal = "SIGQUIT"
        image.volumes = ["/data", "/own/"]
        image.health.test = ["CMD", "true"]
        image.health.retries = 9
        let request = try container("-l a=3 --expose 80 -v own:/own --health-retries 2").completed(by: image)
        #expect(request.labels == [Setting("a", "3"), Setting("b", "2")])
        #expect(request.exposed == [ExposedPort(80), ExposedPort(53, .udp)])
        #expect(
            request.stopSignal == 3 && request.health.test == ["CMD", "true"] && request.health.retries == 2)
        #expect(request.mounts.map(\.destination) == ["/own", "/data"])
        #expect(try container("--image-volume ignore").completed(by: image).mounts == [])
        #expect(try container("--image-volume tmpfs").completed(by: image).mounts[0].source == .temporary)
        #expect(try container("--no-healthcheck").completed(by: image).health.test == nil)
        image.stopSignal = "NO"
        #expect(throws: UsageError.self) { try container("").completed(by: image) }
    }
}
