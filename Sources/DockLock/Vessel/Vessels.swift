import Glibc
import Images
import Keeper
import Kernel
import Upkeep

/// The containers that people make: OCI containers with a name, an image and a keeper. Each verb of theirs
/// is a method.
public struct Vessels: Sendable {
    public let places: Places
    /// Does a verb of the program for images, with its output on stderr, and says the exit status; nil where
    /// there is none, and nothing can be pulled.
    public var handOver: (@Sendable ([String]) throws -> Int32)?
    /// Says something to who asked.
    public var complain: @Sendable (String) -> Void = { _ in }

    public init(_ places: Places) { self.places = places }

    /// One of them, as its folder has it.
    struct Vessel {
        var record: VesselRecord
        var folder: String
        /// nil where it was never started.
        var state: KeptState?

        var isRunning: Bool { state?.status == .running }
        var isAlive: Bool { state.map { $0.status != .exited } ?? false }
        /// Whether it ended with its keeper and nobody has written that down.
        var isLost: Bool { state?.status == .exited && state?.finished == nil }
        /// Docker's word for its condition.
        var condition: String {
            switch state?.status {
            case nil: "created"
            case .starting: "created"
            case .running: "running"
            case .restarting: "restarting"
            case .exited: "exited"
            }
        }
    }

    var images: ImageStore { ImageStore(places.data) }

    /// The container of a name, an id, or the unique beginning of one.
    func find(_ name: String) throws -> Vessel {
        let id = try id(of: name)
        guard let vessel = try load(id) else { throw VesselError.absent(name) }
        return vessel
    }

    /// Whether there is such a container, for telling people's command lines from engines'.
    public func has(_ name: String) -> Bool { (try? id(of: name)) != nil }

    private func id(of name: String) throws -> String {
        guard !name.isEmpty, !name.utf8.contains(0x2F), name != ".", name != ".." else {
            throw VesselError.absent(name)
        }
        if let target = try? Files.link(places.names + "/" + name) { return target }
        let isID = name.utf8.count <= 64 && name.utf8.allSatisfy { Vessels.isHex($0) }
        guard isID, let all = try? Files.list(places.containers) else { throw VesselError.absent(name) }
        let found = all.filter { $0.utf8.count == 64 && $0.hasPrefix(name) }
        if found.count > 1 { throw VesselError("several containers have ids that begin with \(name)") }
        guard let id = found.first else { throw VesselError.absent(name) }
        return id
    }

    /// nil where the container went, or is only being made.
    func load(_ id: String) throws -> Vessel? {
        let folder = places.containers + "/" + id
        let bytes: [UInt8]
        do {
            bytes = try Files.read(folder + "/container.json", limit: 1 << 20)
        } catch {
            guard error.code == ENOENT else { throw error }
            return nil
        }
        return Vessel(
            record: try VesselRecord(decoding: bytes), folder: folder, state: try Keeper.state(of: folder))
    }

    /// Every container, the newest first.
    func all() throws -> [Vessel] {
        let ids: [String]
        do {
            ids = try Files.list(places.containers)
        } catch {
            guard error.code == ENOENT else { throw error }
            return []
        }
        let found = try ids.filter { $0.utf8.count == 64 }.compactMap { try load($0) }
        return found.sorted { ($0.record.created, $0.record.id) > ($1.record.created, $1.record.id) }
    }

    static func isHex(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66)
    }

    /// Does something to each container that was named, goes on after an error, and tells the first status.
    func each(
        _ names: [String], all: Bool, ignoresMissing: Bool, complain: (String) -> Void,
        _ deed: (Vessel) throws -> String?
    ) throws -> (lines: [String], status: Int32) {
        var lines: [String] = []
        var status: Int32 = 0
        let wanted = all ? try self.all().map(\.record.id) : names
        for name in wanted {
            do {
                let vessel = try find(name)
                if try deed(vessel) != nil { lines.append(all ? vessel.record.id : name) }
            } catch {
                if ignoresMissing, let error = error as? VesselError, error == .absent(name) { continue }
                complain("\(error)")
                status = (error as? VesselError)?.status ?? 125
            }
        }
        return (lines, status)
    }
}
