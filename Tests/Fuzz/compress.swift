// rooms: CCompress Compress
import Compress

/// The input is a stream in the format that its first bytes tell. In pieces it must decompress as it does
/// whole; and what came out must survive being compressed again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCompress(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: bytes, count: count)
    let compression = Compression.detect(input)
    guard compression != .none, let whole = decode(input, compression, piece: count) else { return 0 }
    precondition(decode(input, compression, piece: 5) == whole)
    guard var encoder = try? Encoder(compression, level: 1) else { return 0 }
    var packed: [UInt8] = []
    whole.withUnsafeBytes { buffer in
        var rest = buffer
        while let output = try? encoder.next(&rest) { packed += output }
    }
    while let output = try? encoder.finish() { packed += output }
    precondition(packed.withUnsafeBytes { decode($0, compression, piece: $0.count) } == whole)
    return 0
}

/// nil where it is refused, or makes more than is worth the time.
private func decode(_ input: UnsafeRawBufferPointer, _ compression: Compression, piece: Int) -> [UInt8]? {
    guard var decoder = try? Decoder(compression, outputSize: 4096) else { return nil }
    var made: [UInt8] = []
    var start = 0
    do {
        while start < input.count {
            let end = min(start + piece, input.count)
            var part = UnsafeRawBufferPointer(rebasing: input[start..<end])
            start = end
            while let output = try decoder.next(&part) {
                made += output
                if made.count > 1 << 20 { return nil }
            }
            precondition(part.isEmpty)
        }
        try decoder.finish()
        return made
    } catch {
        return nil
    }
}
