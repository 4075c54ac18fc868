import Digest

/// Names of stacks of layers (image-spec, config.md, Layer ChainID): what is unpacked is kept by these, so
/// that images share what is the same from the bottom up.
public enum ChainID {
    /// The chain ids of layers from the lowest up. `hash` is SHA-256, which rules do not hold.
    public static func all(of diffs: [Digest], hash: ([UInt8]) -> Digest) -> [Digest] {
        var chain: [Digest] = []
        chain.reserveCapacity(diffs.count)
        for diff in diffs {
            guard let below = chain.last else {
                chain.append(diff)
                continue
            }
            chain.append(hash(Array((below.description + " " + diff.description).utf8)))
        }
        return chain
    }
}
