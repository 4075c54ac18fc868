import Archive
import Glibc

/// A path of an archive cut into C strings: names between slashes, without those that say nothing.
final class PathBuffer {
    private let bytes: UnsafeMutablePointer<CChar>
    private let limits: LayerLimits
    private var starts: [Int] = []

    init(_ limits: LayerLimits) {
        self.limits = limits
        bytes = .allocate(capacity: limits.pathBytesMax + 1)
    }

    deinit { bytes.deallocate() }

    /// Takes a path as one below the layer's root, whether or not a slash begins it. Refuses `..`, which no
    /// program that makes layers writes, and what is beyond the limits.
    func set(_ path: [UInt8], entry: [UInt8]) throws(LayerError) {
        starts.removeAll(keepingCapacity: true)
        guard path.count <= limits.pathBytesMax else {
            throw .refused(entry, "a path of more than \(limits.pathBytesMax) bytes")
        }
        var start = 0
        for end in 0...path.count {
            guard end == path.count || path[end] == UInt8(ascii: "/") else {
                bytes[end] = CChar(bitPattern: path[end])
                continue
            }
            bytes[end] = 0
            let length = end - start
            let isDot = length == 1 && bytes[start] == 0x2e
            if length == 2, bytes[start] == 0x2e, bytes[start + 1] == 0x2e {
                throw .refused(entry, "a path with .. in it")
            }
            if length > 0, !isDot { starts.append(start) }
            start = end + 1
        }
        guard starts.count <= limits.depthMax else {
            throw .refused(entry, "a path of more than \(limits.depthMax) folders")
        }
    }

    /// How many names there are: none for the root itself.
    var count: Int { starts.count }

    /// A name, valid until the path is set again.
    func name(_ index: Int) -> UnsafePointer<CChar> { UnsafePointer(bytes + starts[index]) }

    var last: UnsafePointer<CChar> { name(count - 1) }

    /// The first `count` names as one relative path; `.` where there are none.
    func prefix(_ count: Int) -> [CChar] {
        var path: [CChar] = count == 0 ? [0x2e] : []
        for index in 0..<count {
            if index > 0 { path.append(0x2f) }
            path.append(contentsOf: UnsafeBufferPointer(start: name(index), count: strlen(name(index))))
        }
        return path + [0]
    }

    /// The first `count` names, for a message.
    func text(_ count: Int) -> String {
        String(decoding: prefix(count).dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
