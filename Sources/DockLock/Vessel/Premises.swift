import Glibc
import Kernel
import OCI
import Request

extension Vessels {
    /// What a container's configuration needs to know of this host.
    func premises(
        _ id: String, _ folder: String, _ request: ContainerRequest, layers: [String],
        environment: [Setting]
    ) throws -> Premises {
        var premises = Premises()
        premises.id = id
        premises.layers = try self.layers(layers, folder)
        premises.workingDirectory = (try? Files.link("/proc/self/cwd")) ?? "/"
        premises.isRootless = Host.uid != 0
        premises.environment = environment
        premises.hostname = try hostname(id, request)
        let image = ImageFiles(layers: layers.map { images.layers + "/" + $0 })
        premises.passwd = try image.read("etc/passwd")
        premises.group = try image.read("etc/group")
        if request.hasHosts { premises.hosts = folder + "/hosts" }
        premises.resolver = folder + "/resolv.conf"
        premises.hostnameFile = folder + "/hostname"
        if case .file(let path) = request.security.seccomp {
            premises.seccomp = try Files.readRegular(path, limit: 16 << 20)
        }
        premises.limitsSwap =
            Files.exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes")
            || Files.exists("/sys/fs/cgroup/cgroup.controllers")
        if request.hasInit { premises.initProgram = try Vessels.initProgram() }
        premises.devices = try request.devices.map { try Vessels.device($0) }
        for kind in try joined(request).keys { premises.namespaces[kind] = Vessels.link(folder, kind) }
        premises.cgroupsPath = request.resources.cgroupParent.map {
            ($0.hasPrefix("/") ? $0 : "/" + $0) + "/" + id
        }
        return premises
    }

    private func layers(_ names: [String], _ folder: String) throws -> Premises.Layers {
        // Separators of the kernel's own option; nothing else of these paths is chosen by anybody.
        for path in [images.layers, folder] where path.utf8.contains(where: { ":,\\\"".utf8.contains($0) }) {
            throw VesselError("--data-root: \(path) holds a character that overlayfs does not take")
        }
        // An image without layers lies over a directory that is empty.
        return Premises.Layers(
            folder: images.layers, names: names.isEmpty ? [folder + "/rootfs"] : names,
            upper: folder + "/upper", work: folder + "/work")
    }

    private func hostname(_ id: String, _ request: ContainerRequest) throws -> String {
        if let name = request.hostname { return name }
        if case .container(let name) = request.namespaces.uts { return try find(name).record.hostname }
        let isHosts = request.namespaces.uts == .host || request.networks.contains { $0.kind == .host }
        guard isHosts else { return String(id.prefix(12)) }
        return try Files.text("/proc/sys/kernel/hostname").trimmed
    }

    /// A static program that reaps and passes signals on, as Debian's packages put it.
    private static func initProgram() throws -> String {
        let known = [
            "/usr/libexec/podman/catatonit", "/usr/bin/catatonit", "/usr/bin/tini-static",
            "/usr/libexec/docker/docker-init",
        ]
        guard let found = known.first(where: { Files.exists($0) }) else {
            throw VesselError("--init: this host has neither catatonit nor tini-static: install one")
        }
        return found
    }

    /// A device of the host's, as it is now.
    private static func device(_ request: DeviceRequest) throws -> HostDevice {
        var status = stat()
        guard stat(request.host, &status) == 0 else {
            throw VesselError("--device: \(request.host): \(SystemError.text(errno))")
        }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFCHR || kind == S_IFBLK else {
            throw VesselError("--device: \(request.host) is not a device")
        }
        let number = status.st_rdev
        return HostDevice(
            path: request.container, kind: UInt8(ascii: kind == S_IFCHR ? "c" : "b"),
            major: UInt32(truncatingIfNeeded: (number >> 8 & 0xFFF) | (number >> 32 & ~0xFFF)),
            minor: UInt32(truncatingIfNeeded: (number & 0xFF) | (number >> 12 & ~0xFF)),
            mode: status.st_mode & 0o777, uid: status.st_uid, gid: status.st_gid, access: request.access)
    }
}

extension String {
    var trimmed: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
