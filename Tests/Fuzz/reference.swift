// rooms: Digest Manifest
import Digest
import Manifest

/// The input is the name of an image. What is accepted must mean the same when it is written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReference(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    if let platform = try? Platform(text) { precondition(!platform.os.isEmpty) }
    var run = Execution()
    do throws(ManifestError) {
        try run.apply(text)
    } catch {
        precondition(!error.problem.isEmpty && !error.problem.utf8.contains(0))
    }
    let reference: Reference
    do throws(ManifestError) {
        reference = try Reference(text)
    } catch {
        precondition(!error.problem.isEmpty && !error.problem.utf8.contains(0))
        return 0
    }
    for spelling in [reference.description, reference.familiar] {
        guard (try? Reference(spelling)) == reference else { preconditionFailure("it means something else") }
    }
    precondition(reference.name.utf8.count <= Reference.limitName)
    precondition(!reference.path.hasPrefix("/") && !"/\(reference.path)/".contains("/../"))
    precondition(reference.tagged.tag != nil || reference.digest != nil)
    return 0
}
