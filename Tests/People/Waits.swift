import Glibc

/// Looks until there is nothing left, or ten seconds have passed; answers what there was last. For what the
/// kernel clears in its own time: the devices of a network namespace that is gone.
func awaitNothing(_ look: () -> [String]) -> [String] {
    for _ in 0..<1000 {
        if look().isEmpty { return [] }
        usleep(10_000)
    }
    return look()
}
