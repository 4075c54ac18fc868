import Cgroups
import JSON
import Kernel
import OCI
import Report

/// What is kept of a container: state.json.
struct Record: Sendable, Equatable {
    /// How far `create` came.
    enum Phase: String, Sendable { case creating, created }

    var id = ""
    var phase = Phase.creating
    var bundle = ""
    var rootfs = ""
    /// Of the first process; zero while there is none.
    var pid: Int32 = 0
    var start: UInt64 = 0
    /// RFC 3339.
    var created = ""
    var owner = ""
    var cgroup: CgroupPlace
    /// The group of the resctrl filesystem that was made for it.
    var resctrl: String?
    /// Where in the container the folder of its readiness socket is mounted.
    var notify: String?
    var annotations: [Annotation] = []

    init(cgroup: CgroupPlace) { self.cgroup = cgroup }
}

extension Record {
    var node: JSONNode {
        var members: [JSONNode.Member] = [
            .init("version", .int(1)), .init("id", .string(id)), .init("phase", .string(phase.rawValue)),
            .init("bundle", .string(bundle)), .init("rootfs", .string(rootfs)),
            .init("pid", .int(Int64(pid))),
            .init("start", .uint(start)), .init("created", .string(created)), .init("owner", .string(owner)),
            .init("cgroup", cgroup.encoded),
            .init("annotations", .object(annotations.map { .init($0.key, .string($0.value)) })),
        ]
        if let resctrl { members.append(.init("resctrl", .string(resctrl))) }
        if let notify { members.append(.init("notify", .string(notify))) }
        return .object(members)
    }

    init(decoding bytes: [UInt8]) throws {
        let json = try JSON.parse(bytes)
        guard json["version"]?.int == 1, let place = json["cgroup"].flatMap({ CgroupPlace($0) }),
            let phase = json["phase"]?.string.flatMap({ Phase(rawValue: $0) }), let id = json["id"]?.string
        else { throw ContainerError("\(Store.stateFile): not a state of this version") }
        self.init(cgroup: place)
        self.id = id
        self.phase = phase
        bundle = json["bundle"]?.string ?? ""
        rootfs = json["rootfs"]?.string ?? ""
        pid = Int32(clamping: json["pid"]?.int ?? 0)
        start = json["start"]?.uint ?? 0
        created = json["created"]?.string ?? ""
        owner = json["owner"]?.string ?? ""
        resctrl = json["resctrl"]?.string
        notify = json["notify"]?.string
        if let members = json["annotations"]?.members {
            for member in members {
                annotations.append(Annotation(key: member.key.string ?? "", value: member.value.string ?? ""))
            }
        }
    }
}

extension Folder {
    func record() throws -> Record { try Record(decoding: try read(Store.stateFile)) }

    func write(_ record: Record) throws(SystemError) { try write(Store.stateFile, record.node.encoded()) }

    func spec() throws -> Spec { try Spec.decode(try read(Store.configFile)) }
}
