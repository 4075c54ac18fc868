import CCompress

/// Compresses a stream that comes in pieces. The same bytes at the same level give the same stream, however
/// they were cut: there is no time and no name in a gzip header.
public struct Encoder: ~Copyable {
    private let compression: Compression
    private let codec: OpaquePointer?
    private let output: UnsafeMutableRawBufferPointer
    private var isPending = false
    private var isFinished = false

    /// `level` is the library's own: 1...9 of gzip, 1...19 of zstd; nil is 6 and 3, as their programs have
    /// it.
    public init(_ compression: Compression, level: Int? = nil) throws(CompressError) {
        self.compression = compression
        switch compression {
        case .none: codec = nil
        case .gzip: codec = dl_encoder_new(DL_GZIP, Int32(clamping: level ?? 6))
        case .zstd: codec = dl_encoder_new(DL_ZSTD, Int32(clamping: level ?? 3))
        }
        let size = compression == .none ? 0 : 256 << 10
        output = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        if codec == nil, compression != .none {
            throw CompressError("\(compression.rawValue) has no level \(level ?? 0), or there is no memory")
        }
    }

    deinit {
        output.deallocate()
        if let codec { dl_encoder_free(codec) }
    }

    /// The next compressed bytes, valid until the next call; nil where all of `input` is taken.
    public mutating func next(
        _ input: inout UnsafeRawBufferPointer
    ) throws(CompressError) -> UnsafeRawBufferPointer? {
        guard codec != nil else {
            defer { input = UnsafeRawBufferPointer(rebasing: input[input.count...]) }
            return input.isEmpty ? nil : input
        }
        while !input.isEmpty || isPending {
            let made = try step(&input, finish: false)
            if made > 0 { return UnsafeRawBufferPointer(rebasing: output[..<made]) }
        }
        return nil
    }

    /// What is left at the end of the input, piece by piece; nil where that was all.
    public mutating func finish() throws(CompressError) -> UnsafeRawBufferPointer? {
        guard codec != nil else { return nil }
        var nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        while !isFinished {
            let made = try step(&nothing, finish: true)
            if made > 0 { return UnsafeRawBufferPointer(rebasing: output[..<made]) }
        }
        return nil
    }

    private mutating func step(
        _ input: inout UnsafeRawBufferPointer, finish: Bool
    ) throws(CompressError) -> Int {
        var buffers = dl_buffers(
            in: input.baseAddress, in_size: input.count, out: output.baseAddress, out_size: output.count)
        let result = dl_encode(codec, &buffers, finish ? 1 : 0)
        guard result == DL_MORE || result == DL_END else {
            throw CompressError("\(compression.rawValue) cannot compress this")
        }
        input = UnsafeRawBufferPointer(rebasing: input[(input.count - buffers.in_size)...])
        let made = output.count - buffers.out_size
        isPending = made == output.count
        isFinished = finish && result == DL_END
        return made
    }
}
