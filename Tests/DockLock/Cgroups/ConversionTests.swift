import Testing

@testable import Cgroups

@Suite struct ConversionTests {
    @Test(arguments: [
        (0, 1), (2, 1), (28, 1), (29, 2), (1024, 39), (131_072, 5000), (262_144, 10_000), (9_999_999, 10_000),
    ])
    func weights(shares: UInt64, weight: UInt64) {
        #expect(Conversion.weight(shares: shares) == weight)
    }

    @Test(arguments: [(10, 1), (100, 910), (500, 4950), (1000, 10_000), (1, 1), (2000, 10_000)])
    func blockWeights(blockWeight: UInt16, weight: UInt64) {
        #expect(Conversion.weight(blockWeight: blockWeight) == weight)
    }

    @Test(arguments: [
        (0, 0, nil), (-1, 0, -1), (-1, 100, -1), (0, 100, nil), (300, 100, 200), (100, 100, 0),
        (300, -1, 300),
        (0, -1, -1),
    ])
    func swaps(sum: Int64, memory: Int64, swap: Int64?) throws {
        #expect(try Conversion.swap(sum: sum, memory: memory) == swap)
    }

    @Test(arguments: [(300, 0), (99, 100), (-2, 100), (100, -2)])
    func refusesSwapsWithoutMeaning(sum: Int64, memory: Int64) {
        #expect(throws: CgroupError.self) { try Conversion.swap(sum: sum, memory: memory) }
    }
}
