// rooms: CKernel Kernel Criu
@testable import Criu

/// The input is an answer of criu's.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCriu(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let answer = Array(UnsafeBufferPointer(start: bytes, count: count))
    if let reply = try? CriuReply(decoding: answer[...]) {
        precondition((reply.message?.unicodeScalars.count ?? 0) <= count)
        precondition((reply.stage?.unicodeScalars.count ?? 0) <= count)
    }
    var reader = ProtocolReader(answer[...])
    while let field = try? reader.next() {
        if let content = field.content.bytes { precondition(content.count <= count) }
    }
    return 0
}
