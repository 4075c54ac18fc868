import Images
import Keeper
import Kernel

extension Vessels {
    /// `repair`: clears what killed keepers and killed creations have left of people's containers, their
    /// names, networks and folders. Does nothing to what lives, or is being made.
    /// - Parameter name: only of this container; nil for all, and for what belongs to none.
    public func repair(_ name: String?, warn: (String) -> Void) throws {
        if let name {
            let vessel = try find(name)
            return try settle(vessel.folder)
        }
        guard Files.exists(places.containers) else { return }
        for id in try Files.list(places.containers) where id.utf8.count == 64 {
            do {
                try settle(places.containers + "/" + id)
            } catch {
                warn("container \(id.prefix(12)): \(error)")
            }
        }
        try removeUnfinished()
        // Where there has never been a network, the host's tables are nobody's matter.
        guard try !wiring.networks().isEmpty else { return }
        try wiring.reconcile { id in
            Files.exists(places.containers + "/" + id + "/container.json")
                && (try? load(id)).map { $0?.isAlive ?? false } ?? true
        }
    }

    private func settle(_ folder: String) throws {
        try Keeper.settle(folder) { keeping in
            try? wiring.detach(keeping.id)
            try? Files.remove(keeping.folder + "/ports")
        }
    }

    /// Folders that nobody finished, and names that lead nowhere. Whoever makes a container holds a lease on
    /// images until it is whole.
    private func removeUnfinished() throws {
        guard let lease = try images.exclusiveLease() else { return }
        for id in try Files.list(places.containers) {
            let folder = places.containers + "/" + id
            let isWithdrawn = id.hasPrefix(Keeper.withdrawnPrefix)
            if !isWithdrawn, Files.exists(folder + "/container.json") { continue }
            try Trees.remove(folder)
        }
        for name in try Files.list(places.names) {
            let link = places.names + "/" + name
            guard let id = try? Files.link(link), !Files.exists(places.containers + "/" + id) else {
                continue
            }
            try Files.remove(link)
        }
        withExtendedLifetime(lease) {}
    }
}
