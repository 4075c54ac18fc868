import Compress
import Glibc
import Testing

@Suite struct CompressTests {
    /// Half text, half noise, from a generator that always begins the same.
    static let sample: [UInt8] = {
        var state: UInt64 = 88_172_645_463_325_252
        return (0..<700_000).map { index in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return index % 4096 < 2048 ? UInt8(truncatingIfNeeded: state) : UInt8(index >> 9 & 0x7f)
        }
    }()

    static func encode(
        _ bytes: [UInt8], _ compression: Compression, level: Int? = nil, piece: Int = 1 << 20
    ) throws -> [UInt8] {
        var encoder = try Encoder(compression, level: level)
        var made: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            try bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { buffer in
                var input = buffer
                while let out = try encoder.next(&input) { made += out }
            }
        }
        while let out = try encoder.finish() { made += out }
        return made
    }

    static func decode(
        _ bytes: [UInt8], _ compression: Compression, piece: Int = 1 << 20, outputSize: Int = 4096
    ) throws -> [UInt8] {
        var decoder = try Decoder(compression, outputSize: outputSize)
        var made: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            try bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { buffer in
                var input = buffer
                while let out = try decoder.next(&input) {
                    #expect(!out.isEmpty)
                    made += out
                }
                #expect(input.isEmpty)
            }
        }
        try decoder.finish()
        return made
    }

    @Test(arguments: Compression.allCases, [1, 7, 4096, 1 << 20])
    func whatWasEncodedComesBack(compression: Compression, piece: Int) throws {
        let sample = Array(Self.sample.prefix(piece == 1 ? 30_000 : 700_000))
        let packed = try Self.encode(sample, compression, piece: piece)
        #expect(packed.count < sample.count || compression == .none)
        #expect(try Self.decode(packed, compression, piece: piece) == sample)
        #expect(try Self.decode(packed, compression, outputSize: 1 << 20) == sample)
    }

    @Test(arguments: [Compression.gzip, .zstd])
    func theEmptyStreamIsAStream(compression: Compression) throws {
        let packed = try Self.encode([], compression)
        #expect(!packed.isEmpty)
        #expect(try Self.decode(packed, compression) == [])
        #expect(throws: CompressError.self) { try Self.decode([], compression) }
    }

    @Test(arguments: [Compression.gzip, .zstd])
    func everyCutIsSeen(compression: Compression) throws {
        let packed = try Self.encode(Array(Self.sample.prefix(6000)), compression)
        for length in 0..<packed.count {
            let error = #expect(throws: CompressError.self) {
                try Self.decode(Array(packed.prefix(length)), compression)
            }
            #expect(error?.description == "the \(compression.rawValue) stream is cut off")
        }
    }

    @Test(arguments: [Compression.gzip, .zstd])
    func membersFollowOneAnother(compression: Compression) throws {
        let half = Array(Self.sample.prefix(100_000))
        let member = try Self.encode(half, compression)
        for piece in [1000, member.count, member.count + 1, 1 << 20] {
            #expect(try Self.decode(member + member, compression, piece: piece) == half + half)
        }
        let empty = try Self.encode([], compression)
        #expect(try Self.decode(empty + member + empty, compression) == half)
        #expect(throws: CompressError.self) {
            try Self.decode(member + member.dropLast(), compression)
        }
    }

    @Test(arguments: [Compression.gzip, .zstd])
    func whatFollowsTheEndIsRefused(compression: Compression) throws {
        let member = try Self.encode([1, 2, 3], compression)
        let error = #expect(throws: CompressError.self) {
            try Self.decode(member + [UInt8](repeating: 0x41, count: 64), compression)
        }
        #expect(error?.description.contains("damaged") == true)
    }

    /// A flipped bit is seen or changes nothing: both formats end with a checksum. gzip's header has bytes
    /// that none covers, and what fills up deflate's last byte says nothing.
    @Test(arguments: [Compression.gzip, .zstd])
    func damageIsSeen(compression: Compression) throws {
        let sample = Array(Self.sample.prefix(2000))
        let packed = try Self.encode(sample, compression)
        var seen = 0
        for index in 10..<packed.count {
            var damaged = packed
            damaged[index] ^= 0x10
            let result = try? Self.decode(damaged, compression)
            let isUnseen = result != nil && result != sample
            #expect(!isUnseen, "byte \(index)")
            if result == nil { seen += 1 }
        }
        #expect(seen > packed.count - 16)
    }

    @Test(arguments: [Compression.gzip, .zstd])
    func theSameBytesGiveTheSameStream(compression: Compression) throws {
        let sample = Array(Self.sample.prefix(300_000))
        let whole = try Self.encode(sample, compression)
        #expect(try Self.encode(sample, compression, piece: 13_331) == whole)
        // No flag, no time, and no name in a gzip header.
        if compression == .gzip { #expect(whole[3...7] == [0, 0, 0, 0, 0]) }
        #expect(try Self.encode(sample, compression, level: 1) != whole)
    }

    @Test func magicTellsTheFormat() throws {
        #expect(Compression.detect(try Self.encode([], .gzip)) == .gzip)
        #expect(Compression.detect(try Self.encode([], .zstd)) == .zstd)
        #expect(Compression.detect([0x53, 0x2a, 0x4d, 0x18, 0]) == .zstd)
        #expect(Compression.detect([]) == .none)
        #expect(Compression.detect([0x1f]) == .none)
        #expect(Compression.detect(Array("etc/".utf8)) == .none)
    }

    /// A window larger than the bound is refused before memory is asked for.
    @Test func hugeWindowIsRefused() throws {
        // Magic, a frame header with a window descriptor of 2^41 bytes, a raw block.
        let frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 0x09, 0x00, 0x00, 0x41]
        let error = #expect(throws: CompressError.self) { try Self.decode(frame, .zstd) }
        #expect(error?.description.contains("memory") == true, "\(String(describing: error))")
    }
}
