import Glibc
import Images
import Kernel

extension Vessels {
    /// 32 bytes of chance as lower-case digits.
    static func freshID() throws -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        let source = try Descriptor.open("/dev/urandom", O_RDONLY)
        try SystemError.check(read(source.number, &bytes, bytes.count), "read", "/dev/urandom")
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Takes a name for a container: by symlink(2), so that two never have the same.
    func take(_ name: String, for id: String) throws {
        guard symlink(id, places.names + "/" + name) != 0 else { return }
        guard errno == EEXIST else { throw SystemError("symlink", errno, name) }
        let owner = (try? Files.link(places.names + "/" + name)) ?? ""
        if try !owner.isEmpty && isLeft(places.containers + "/" + owner) {
            // One at a time, and only while it is the name that was found: others clear up, too.
            let names = try Vessels.hold(places.names, waits: true)
            if (try? Files.link(places.names + "/" + name)) == owner {
                try Files.remove(places.names + "/" + name)
            }
            _ = consume names
            return try take(name, for: id)
        }
        throw VesselError(
            "the name \"\(name)\" is container \(owner.prefix(12))'s: remove or rename it, or use --replace"
        )
    }

    /// Whether a container is gone, and its name was left by a removal that was killed; or was never
    /// finished, because its making was: then what there is of it goes.
    private func isLeft(_ folder: String) throws -> Bool {
        guard Files.exists(folder) else { return true }
        guard !Files.exists(folder + "/container.json"), let held = try? Vessels.hold(folder) else {
            return false
        }
        defer { withExtendedLifetime(held) {} }
        // Again: it may have been finished before we had the lock.
        guard !Files.exists(folder + "/container.json") else { return false }
        try Trees.remove(folder)
        return true
    }

    /// The lock of a folder, as of a container that is being made, as long as the descriptor is open; unless
    /// it waits, an error where another has it.
    static func hold(_ folder: String, waits: Bool = false) throws(SystemError) -> Descriptor {
        let directory = try Descriptor.open(folder, O_RDONLY | O_DIRECTORY)
        try SystemError.check(flock(directory.number, LOCK_EX | (waits ? 0 : LOCK_NB)), "lock", folder)
        return directory
    }

    /// A name that is free, of two words.
    func takeAny(for id: String) throws -> String {
        var seed = id.utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        for attempt in 0..<64 {
            let first = Vessels.manners[Int(seed % UInt64(Vessels.manners.count))]
            let second = Vessels.ships[Int(seed / 97 % UInt64(Vessels.ships.count))]
            let name = "\(first)_\(second)" + (attempt < 8 ? "" : String(seed % 1000))
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            if Files.exists(places.names + "/" + name) { continue }
            do {
                try take(name, for: id)
                return name
            } catch is VesselError { continue }
        }
        throw VesselError("there is no free name left; give one with --name")
    }

    private static let manners = [
        "able", "brave", "brisk", "calm", "clear", "eager", "early", "fair", "fleet", "fond", "frank", "glad",
        "grand", "keen", "kind", "late", "light", "loyal", "merry", "mild", "neat", "noble", "plain", "prime",
        "proud", "quick", "quiet", "ready", "sharp", "sober", "solid", "sound", "still", "stout", "sure",
        "swift", "tidy", "trim", "true", "vivid", "warm", "whole", "wise", "young",
    ]
    private static let ships = [
        "barge", "bark", "brig", "caravel", "carrack", "catboat", "clipper", "cog", "coracle", "corvette",
        "cutter", "dhow", "dinghy", "dory", "ferry", "frigate", "galleon", "galley", "gig", "hulk", "junk",
        "kayak", "ketch", "lighter", "lugger", "packet", "pinnace", "prau", "punt", "raft", "sampan",
        "schooner", "scow", "skiff", "sloop", "snow", "tender", "trawler", "trimaran", "tug", "wherry",
        "whaler", "xebec", "yawl",
    ]
}
