/// Reads a tar archive that comes in pieces: ustar, PAX with global and local headers, GNU's long names,
/// numbers and sparse files, and what came before them. It holds one entry at a time and no file's bytes.
/// What it does not know it refuses: a reader that guesses can be told one thing and its neighbour another.
public struct TarReader {
    /// What comes next in the archive.
    public enum Event {
        /// A new entry: `entry` of the reader.
        case entry
        /// Bytes of the entry's file and where in the file they belong, valid until the next call.
        case data(offset: Int64, bytes: UnsafeRawBufferPointer)
        /// The end of the entry. Entries other than files have nothing between `entry` and this.
        case end
    }

    private enum State {
        case header
        /// An extended header or a long name, of which so many bytes are missing, and so many to skip after.
        case extended(type: UInt8, missing: Int64, padding: Int64)
        case oldMap
        case textMap(SparseText)
        case begun
        case data
        case skip(Int64)
        /// After one block of zeros; after two all is over.
        case zero
        case over
    }

    /// The entry of the last `Event.entry`.
    public private(set) var entry = Entry()

    private let extendedMax: Int64
    private var state = State.header
    /// A block that came in pieces.
    private var block: [UInt8] = []
    private var text: [UInt8] = []
    private var global = Extended()
    private var local: Extended?
    private var longPath: [UInt8]?
    private var longLink: [UInt8]?
    /// Bytes of the entry that are still to come, and the segment that the next ones belong to.
    private var stored: Int64 = 0
    private var segment = 0
    private var segmentUsed: Int64 = 0
    private var padding: Int64 = 0

    /// Extended headers and long names of more than `extendedMax` bytes are refused.
    public init(extendedMax: Int = 1 << 20) {
        self.extendedMax = Int64(extendedMax)
    }

    /// The next thing in `input`, which moves on over what was read; nil where more input is needed.
    public mutating func next(_ input: inout UnsafeRawBufferPointer) throws(ArchiveError) -> Event? {
        while true {
            switch state {
            case .header, .zero, .oldMap, .textMap:
                guard let event = try nextBlock(&input) else { return nil }
                if let event = event.event { return event }
            case .extended(let type, let missing, let padding):
                guard try readExtended(type, missing, padding, &input) else { return nil }
            case .begun:
                state = .data
                return .entry
            case .data:
                guard stored > 0 else {
                    state = .skip(padding)
                    return .end
                }
                return nextData(&input)
            case .skip(let count):
                let taken = min(count, Int64(input.count))
                input = UnsafeRawBufferPointer(rebasing: input[Int(taken)...])
                guard taken == count else {
                    state = .skip(count - taken)
                    return nil
                }
                state = .header
            case .over:
                // Programs pad to their own block size; nothing after the end is of the archive.
                input = UnsafeRawBufferPointer(rebasing: input[input.count...])
                return nil
            }
        }
    }

    /// To be called at the end of the input: an error where the archive ends within an entry. The two blocks
    /// of zeros may be missing, as they are from what some programs write.
    public func finish() throws(ArchiveError) {
        let isBetween = block.isEmpty && !isAnnounced
        switch state {
        case .over: return
        case .header where isBetween, .zero where isBetween, .skip(0) where isBetween: return
        default: throw ArchiveError(entry: entry.path, "the archive is cut off")
        }
    }

    /// Whether an extended header was read whose entry is still to come.
    private var isAnnounced: Bool { local != nil || longPath != nil || longLink != nil }

    private struct Step { var event: Event? }

    /// Takes a whole block from the input; nil where it is not all there yet.
    private mutating func nextBlock(_ input: inout UnsafeRawBufferPointer) throws(ArchiveError) -> Step? {
        if block.isEmpty, input.count >= Header.size {
            let whole = UnsafeRawBufferPointer(rebasing: input[..<Header.size])
            input = UnsafeRawBufferPointer(rebasing: input[Header.size...])
            return try take(whole)
        }
        let taken = min(Header.size - block.count, input.count)
        block.append(contentsOf: input[..<taken])
        input = UnsafeRawBufferPointer(rebasing: input[taken...])
        guard block.count == Header.size else { return nil }
        let whole = block
        block.removeAll(keepingCapacity: true)
        return try whole.withUnsafeBufferPointer { buffer throws(ArchiveError) in
            try take(UnsafeRawBufferPointer(buffer))
        }
    }

    private mutating func take(_ block: UnsafeRawBufferPointer) throws(ArchiveError) -> Step {
        switch state {
        case .zero:
            guard Header.isZero(block) else {
                throw ArchiveError(entry: entry.path, "after it stands a lone block of zeros")
            }
            state = .over
        case .oldMap:
            var map = SparseMap(segments: entry.segments ?? [])
            try map.append(block, at: 0, count: 21, entry.path)
            entry.segments = map.segments
            if block[504] == 0 { try begin() }
        case .textMap(var text):
            // Released here, or the map would be copied with every block.
            state = .oldMap
            stored -= Int64(Header.size)
            guard stored >= 0 else { throw ArchiveError(entry: entry.path, "its sparse map is cut off") }
            if try text.append(block, entry.path) {
                entry.segments = text.map.segments
                try begin()
            } else {
                state = .textMap(text)
            }
        default: try takeHeader(block)
        }
        return Step()
    }

    private mutating func takeHeader(_ block: UnsafeRawBufferPointer) throws(ArchiveError) {
        // A checksum of zeros alone can be right only for a block that is all spaces there.
        if block[0] == 0, Header.isZero(block) {
            guard !isAnnounced else {
                throw ArchiveError(entry: local?.path ?? longPath ?? [], "its header is missing")
            }
            state = .zero
            return
        }
        let header = try Header(block)
        switch header.type {
        case UInt8(ascii: "x"), UInt8(ascii: "g"), UInt8(ascii: "L"), UInt8(ascii: "K"):
            try refuseRepeated(header)
            guard header.stored <= extendedMax else {
                throw ArchiveError(
                    entry: header.entry.path, "an extended header of more than \(extendedMax) bytes")
            }
            text.removeAll(keepingCapacity: true)
            state = .extended(type: header.type, missing: header.stored, padding: -header.stored & 511)
        case UInt8(ascii: "V"): state = .skip((header.stored + 511) & ~511)
        default: try takeEntry(header)
        }
    }

    private func refuseRepeated(_ header: Header) throws(ArchiveError) {
        let isRepeated =
            switch header.type {
            case UInt8(ascii: "x"): local != nil
            case UInt8(ascii: "g"): isAnnounced
            case UInt8(ascii: "L"): longPath != nil
            default: longLink != nil
            }
        guard !isRepeated else {
            throw ArchiveError(entry: header.entry.path, "two extended headers for one entry")
        }
    }

    /// True where the extended header is whole.
    private mutating func readExtended(
        _ type: UInt8, _ missing: Int64, _ padding: Int64, _ input: inout UnsafeRawBufferPointer
    ) throws(ArchiveError) -> Bool {
        let taken = min(Int(missing), input.count)
        text.append(contentsOf: input[..<taken])
        input = UnsafeRawBufferPointer(rebasing: input[taken...])
        guard taken == Int(missing) else {
            state = .extended(type: type, missing: missing - Int64(taken), padding: padding)
            return false
        }
        state = .skip(padding)
        switch type {
        case UInt8(ascii: "x"):
            var extended = global
            try extended.read(text)
            local = extended
        case UInt8(ascii: "g"): try global.read(text)
        default:
            let name = Array(text.prefix { $0 != 0 })
            guard !name.isEmpty else { throw ArchiveError(entry: [], "a long name that is empty") }
            if type == UInt8(ascii: "L") { longPath = name } else { longLink = name }
        }
        return true
    }

    private mutating func takeEntry(_ header: Header) throws(ArchiveError) {
        let extended = local ?? global
        entry = header.entry
        stored = header.stored
        if let path = longPath ?? extended.path { entry.path = path }
        if let link = longLink ?? extended.link { entry.link = link }
        if let uid = extended.uid { entry.uid = uid }
        if let gid = extended.gid { entry.gid = gid }
        if let size = extended.size { stored = size }
        if let time = extended.time { (entry.seconds, entry.nanoseconds) = time }
        entry.attributes = extended.attributes
        (local, longPath, longLink) = (nil, nil, nil)
        try setKind(header.type)
        guard entry.kind == .file else {
            stored = 0
            try begin()
            return
        }
        guard stored <= Int64.max - 1024 else {
            throw ArchiveError(entry: entry.path, "its size is too large")
        }
        if header.type == UInt8(ascii: "S") {
            if header.isMapContinued { state = .oldMap } else { try begin() }
            return
        }
        entry.size = stored
        try setSparse(extended.sparse)
    }

    private mutating func setKind(_ type: UInt8) throws(ArchiveError) {
        let isNamedDirectory = entry.path.last == UInt8(ascii: "/")
        switch type {
        // Before POSIX a directory was a file whose name ended with a slash.
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): entry.kind = isNamedDirectory ? .directory : .file
        case UInt8(ascii: "1"): entry.kind = .hardLink
        case UInt8(ascii: "2"): entry.kind = .symbolicLink
        case UInt8(ascii: "3"): entry.kind = .characterDevice
        case UInt8(ascii: "4"): entry.kind = .blockDevice
        case UInt8(ascii: "5"): entry.kind = .directory
        case UInt8(ascii: "6"): entry.kind = .fifo
        case UInt8(ascii: "S"): entry.kind = .file
        default:
            let shown = 0x21...0x7e ~= type ? "'\(Character(UnicodeScalar(type)))'" : "number \(type)"
            throw ArchiveError(entry: entry.path, "its type \(shown) is not known")
        }
        if entry.kind != .symbolicLink && entry.kind != .hardLink {
            entry.link = []
        } else if entry.link.isEmpty {
            throw ArchiveError(entry: entry.path, "a link that leads nowhere")
        }
        if entry.kind == .directory {
            while entry.path.count > 1, entry.path.last == UInt8(ascii: "/") { entry.path.removeLast() }
        }
        guard !entry.path.isEmpty else { throw ArchiveError(entry: [], "an entry without a name") }
    }

    private mutating func setSparse(_ sparse: Extended.Sparse) throws(ArchiveError) {
        let isSparse = sparse.major != nil || sparse.map != nil
        guard isSparse else { return try begin() }
        if let name = sparse.name { entry.path = name }
        guard let size = sparse.size else {
            throw ArchiveError(entry: entry.path, "a sparse file without its real size")
        }
        entry.size = size
        if sparse.isBeforeData {
            guard sparse.minor == 0 else {
                throw ArchiveError(entry: entry.path, "a format of sparse files that is not known")
            }
            state = .textMap(SparseText())
            return
        }
        guard let map = sparse.map, sparse.major ?? 0 == 0 else {
            throw ArchiveError(entry: entry.path, "a sparse file without a map")
        }
        entry.segments = map.segments
        try begin()
    }

    /// The header is complete: next comes the entry.
    private mutating func begin() throws(ArchiveError) {
        try SparseMap.check(entry, stored: stored)
        padding = -stored & 511
        segment = 0
        segmentUsed = 0
        state = .begun
    }

    private mutating func nextData(_ input: inout UnsafeRawBufferPointer) -> Event? {
        guard !input.isEmpty else { return nil }
        var count = min(stored, Int64(input.count))
        var offset = entry.size - stored
        if let segments = entry.segments {
            while segmentUsed == segments[segment].count {
                segment += 1
                segmentUsed = 0
            }
            count = min(count, segments[segment].count - segmentUsed)
            offset = segments[segment].offset + segmentUsed
            segmentUsed += count
        }
        stored -= count
        let bytes = UnsafeRawBufferPointer(rebasing: input[..<Int(count)])
        input = UnsafeRawBufferPointer(rebasing: input[Int(count)...])
        return .data(offset: offset, bytes: bytes)
    }
}
