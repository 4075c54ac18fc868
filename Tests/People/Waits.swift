import Glibc

/// Looks until there is nothing left, or a minute has passed; answers what there was last. For what the
/// kernel clears in its own time: the devices of a network namespace that is gone, one namespace at a time.
func awaitNothing(_ look: () -> [String]) -> [String] {
    for _ in 0..<6000 {
        if look().isEmpty { return [] }
        usleep(10_000)
    }
    return look()
}
