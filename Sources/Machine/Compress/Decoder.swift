import CCompress

/// Decompresses a stream that comes in pieces, in memory that does not grow with it: concatenated gzip
/// members and zstd frames are one stream, what follows them is an error.
public struct Decoder: ~Copyable {
    private let compression: Compression
    private let codec: OpaquePointer?
    private let output: UnsafeMutableRawBufferPointer
    /// Whether the last call ended at the end of a member or frame, so that the stream may end here.
    private var isWhole: Bool
    /// Whether the last call filled the output: there may be more without more input.
    private var isPending = false

    /// Gives out `outputSize` bytes at a time at most.
    public init(_ compression: Compression, outputSize: Int = 256 << 10) throws(CompressError) {
        self.compression = compression
        isWhole = compression == .none
        switch compression {
        case .none: codec = nil
        case .gzip: codec = dl_decoder_new(DL_GZIP)
        case .zstd: codec = dl_decoder_new(DL_ZSTD)
        }
        let size = compression == .none ? 0 : outputSize
        output = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        if codec == nil, compression != .none {
            throw CompressError("no memory for a decoder of \(compression.rawValue)")
        }
    }

    deinit {
        output.deallocate()
        if let codec { dl_decoder_free(codec) }
    }

    /// The next decompressed bytes, valid until the next call; nil where all of `input` is used up, which
    /// moves on over what was taken. A loop over this drains a piece of the stream.
    public mutating func next(
        _ input: inout UnsafeRawBufferPointer
    ) throws(CompressError) -> UnsafeRawBufferPointer? {
        guard let codec else {
            defer { input = UnsafeRawBufferPointer(rebasing: input[input.count...]) }
            return input.isEmpty ? nil : input
        }
        while !input.isEmpty || isPending {
            var buffers = dl_buffers(
                in: input.baseAddress, in_size: input.count, out: output.baseAddress, out_size: output.count)
            let result = dl_decode(codec, &buffers)
            let used = input.count - buffers.in_size
            input = UnsafeRawBufferPointer(rebasing: input[used...])
            let made = output.count - buffers.out_size
            switch result {
            case DL_MORE: if used > 0 || made > 0 { isWhole = false }
            case DL_END: isWhole = true
            case DL_MEMORY: throw CompressError("no memory to decompress \(compression.rawValue)")
            default:
                throw CompressError(
                    "the \(compression.rawValue) stream is damaged: "
                        + String(cString: dl_decoder_reason(codec)))
            }
            isPending = made == output.count
            if made > 0 { return UnsafeRawBufferPointer(rebasing: output[..<made]) }
            if used == 0 && !isPending && !input.isEmpty && result != DL_END {
                throw CompressError("the \(compression.rawValue) stream makes no progress")
            }
        }
        return nil
    }

    /// To be called at the end of the input: an error where the stream ends within a member or frame, or
    /// before the first.
    public func finish() throws(CompressError) {
        guard isWhole else { throw CompressError("the \(compression.rawValue) stream is cut off") }
    }
}
