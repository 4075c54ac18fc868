// rooms: JSON OCI Kernel CSeccomp Filter
import OCI

@testable import Filter

/// The input is `linux.seccomp` as it stands in a file, or a file of the cache.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFilter(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    var source = SeccompSource(bytes: input)
    source.listenerPath = "/run/agent"
    if let filter = try? Filter.compile(source, cache: nil, warn: { _ in }) {
        precondition(!filter.program.isEmpty && filter.program.count % 8 == 0)
        precondition(filter.program.count <= Filter.programBytesMax)
        let file = FilterCache.file(filter, profile: input)
        precondition(FilterCache.read(file, profile: input) == filter)
    }
    for length in [0, count / 2, count] {
        if let filter = FilterCache.read(input, profile: Array(input[..<length])) {
            precondition(filter.program.count % 8 == 0)
        }
    }
    return 0
}
