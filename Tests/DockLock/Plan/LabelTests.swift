import OCI
import Testing

@testable import Plan

/// `linux.mountLabel` on a host with SELinux: as runc's label.FormatMountLabel has it.
@Suite struct LabelTests {
    private static let label = "system_u:object_r:container_file_t:s0:c1,c2"

    private func plan(_ mounts: String, label: String = label, enabled: Bool = true) throws -> Plan {
        var around = Documents.around
        around.hasSELinux = enabled
        let text = label.replacing("\"", with: "\\\"")
        let linux = Documents.isolated + ", \"mountLabel\": \"\(text)\", \"maskedPaths\": [\"/proc/acpi\"]"
        return try Documents.plan(try Documents.spec("\"mounts\": [\(mounts)]", linux: linux), around: around)
    }

    private func mount(_ type: String, _ options: String = "") -> String {
        "{\"destination\": \"/x\", \"type\": \"\(type)\", \"source\": \"x\", \"options\": [\(options)]}"
    }

    @Test(
        arguments: [
            ("tmpfs", "\"mode=755\"", "mode=755,context=\"\(label)\""), ("tmpfs", "", "context=\"\(label)\""),
            ("devpts", "\"gid=5\", \"ro\"", "gid=5,context=\"\(label)\""),
            ("overlay", "\"lowerdir=/a\"", "lowerdir=/a,context=\"\(label)\""),
            ("proc", "\"hidepid=2\"", "hidepid=2"), ("sysfs", "", nil), ("mqueue", "", nil),
        ] as [(String, String, String?)])
    func newFilesystemsHaveTheContext(_ type: String, _ options: String, _ data: String?) throws {
        let step = try #require(try plan(mount(type, options)).only(.mount))
        #expect(step.s3 == data)
    }

    @Test func mqueueIsLabelledOnceItIsMounted() throws {
        let plan = try plan(mount("mqueue"))
        let place = try #require(plan.place(.label))
        #expect(plan.steps[place - 1].operation == .mount)
        #expect(plan.steps[place].s0 == "/x" && plan.steps[place].s1 == Self.label)
    }

    @Test func bindsKeepTheirs() throws {
        let plan = try plan(mount("bind", "\"bind\""))
        #expect(plan.only(.bind) != nil && plan.place(.label) == nil)
        #expect(!plan.steps.contains { ($0.s3 ?? "").contains("context") })
    }

    @Test func whatCoversAMaskedDirectoryHasIt() throws {
        #expect(try plan("").only(.mask)?.s1 == Self.label)
    }

    @Test func theCgroupFolderHasItAndItsTreesHaveNot() throws {
        var around = Surroundings.usual
        around.hasSELinux = true
        let spec = try Documents.spec(
            "\"mounts\": [\(mount("cgroup"))]",
            linux: Documents.isolated + ", \"mountLabel\": \"\(Self.label)\"")
        let mounts = try Documents.plan(spec, around: around).steps.filter { $0.operation == .mount }
        #expect(mounts.first?.s3 == "mode=755,context=\"\(Self.label)\"")
        #expect(mounts.count == 4)
        #expect(!mounts.dropFirst().contains { ($0.s3 ?? "").contains("context") })
    }

    @Test func aLabelThatNothingEnforcesIsRefused() throws {
        let problem = "needs SELinux, which is not there or off"
        #expect(throws: SpecError(path: "linux.mountLabel", problem: problem)) {
            try plan(mount("tmpfs"), enabled: false)
        }
        #expect(try plan(mount("tmpfs"), label: "", enabled: false).only(.mount)?.s3 == nil)
    }

    @Test func aLabelCannotAddOptions() throws {
        #expect(throws: SpecError(path: "linux.mountLabel", problem: "holds a quotation mark")) {
            try plan(mount("tmpfs"), label: "x\",mode=777,a=\"")
        }
    }
}
