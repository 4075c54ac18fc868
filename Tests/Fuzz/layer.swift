// rooms: Kernel Hash Layers
import Glibc
import Hash
import Kernel
import Layers

/// The input is a layer's archive, unpacked for good. Beside it lies a file that must stay as it is, and
/// nothing else may be there afterwards.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLayer(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: bytes, count: count)
    var hash = Hash()
    hash.update(input)
    let layer = Layer(digest: hash.digest(), diffID: hash.digest())
    var limits = LayerLimits()
    limits.bytesMax = 1 << 20
    limits.entriesMax = 200
    let isWhole: Bool
    do {
        let unpacking = try Unpacking(layer, to: scratch + "/out", privilege: .rootless, limits: limits)
        try unpacking.push(input)
        let facts = try unpacking.finish()
        precondition(facts.entries <= 200 && facts.archiveSize <= 1 << 20)
        isWhole = true
    } catch let error as LayerError {
        precondition(!error.description.isEmpty)
        isWhole = false
    } catch {
        preconditionFailure("\(error)")
    }
    let left = (try? Files.list(scratch)) ?? []
    precondition(Set(left) == (isWhole ? ["victim", "out"] : ["victim"]), "\(left)")
    precondition((try? Files.text(scratch + "/victim")) == "kept")
    if isWhole {
        // What was unpacked can be packed, unless its names have no place in a layer.
        try? Layers.pack(scratch + "/out", as: .layer(.rootless)) { _ in }
        // Renamed by the shape of an unfinished one, it is swept away.
        rename(scratch + "/out", scratch + "/out.part-fuzzed")
        try? Layers.sweep(scratch)
        precondition((try? Files.list(scratch)) == ["victim"])
    }
    return 0
}

private let scratch: String = {
    var template = Array("/tmp/docklock-fuzz-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { preconditionFailure("no folder to work in") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    precondition((try? Files.replace(path + "/victim", with: Array("kept".utf8))) != nil)
    atexit {
        unlink(scratch + "/victim")
        rmdir(scratch)
    }
    return path
}()
