import CKernel
import Testing

@testable import Container
@testable import Plan

/// The blob as the walker reads it.
private struct Parsed {
    let bytes: [UInt8]
    let header: dl_blob
    let steps: [dl_step]

    init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        let size = MemoryLayout<dl_blob>.size
        header = bytes.withUnsafeBytes { $0.loadUnaligned(as: dl_blob.self) }
        let count = Int(header.steps)
        try #require(bytes.count >= size + count * MemoryLayout<dl_step>.stride)
        steps = (0..<count).map { index in
            bytes.withUnsafeBytes {
                let offset = size + index * MemoryLayout<dl_step>.stride
                return $0.loadUnaligned(fromByteOffset: offset, as: dl_step.self)
            }
        }
    }

    /// The string at an offset; nil for none.
    func text(_ offset: UInt32) -> String? {
        offset == 0 ? nil : String(decoding: bytes[Int(offset)...].prefix { $0 != 0 }, as: UTF8.self)
    }

    func texts(_ offset: UInt32, _ count: UInt64) -> [String] {
        var at = Int(offset)
        return (0..<count).map { _ in
            let word = String(decoding: bytes[at...].prefix { $0 != 0 }, as: UTF8.self)
            at += word.utf8.count + 1
            return word
        }
    }
}

@Suite struct BlobTests {
    private func encoded(_ steps: [Step], opened: [Int32] = []) throws -> Parsed {
        var plan = Plan()
        for step in steps { plan.add(step) }
        return try Parsed(Blob.encode(plan, socket: 9, opened: opened))
    }

    @Test func headerDescribesTheRest() throws {
        let blob = try encoded([Step(.setsid), Step(.hostname, "a")])
        #expect(blob.header.magic == DL_MAGIC)
        #expect(Int(blob.header.size) == blob.bytes.count)
        #expect(blob.header.socket == 9)
        #expect(blob.header.steps == 2)
        #expect(blob.header.pointers % 8 == 0)
        #expect(blob.header.pointers + blob.header.args * 8 == blob.header.size)
    }

    @Test func membersAreWhereTheWalkerLooks() throws {
        var mount = Step(.mount, "proc")
        mount.s1 = "/proc"
        mount.s2 = ""
        (mount.n0, mount.n1, mount.n2, mount.n3, mount.n4) = (1, 2, 3, 4, UInt64.max)
        (mount.count, mount.slot) = (7, 3)
        let blob = try encoded([mount])
        let step = blob.steps[0]
        #expect(step.op == Operation.mount.rawValue)
        #expect(step.fd == -1)
        #expect(step.n == (1, 2, 3, 4, UInt64.max))
        #expect(blob.text(step.s.0) == "proc")
        #expect(blob.text(step.s.1) == "/proc")
        #expect(blob.text(step.s.2) == "")
        #expect(blob.text(step.s.3) == nil)
        #expect(step.count == 7)
        #expect(step.slot == 3)
    }

    @Test func needsBecomeDescriptors() throws {
        var join = Step(.join, n0: 1)
        join.need = 1
        var wait = Step(.wait)
        wait.need = 0
        let blob = try encoded([join, wait, Step(.setsid)], opened: [40, 41])
        #expect(blob.steps.map(\.fd) == [41, 40, -1])
    }

    @Test func listsFollowEachOther() throws {
        var exec = Step(.exec)
        exec.first = ["sh", "", "x"]
        exec.second = ["A=1"]
        (exec.n0, exec.n1) = (3, 1)
        var hook = Step(.hook, "/bin/h")
        hook.first = ["h"]
        hook.n0 = 1
        let blob = try encoded([hook, exec])
        #expect(blob.text(blob.steps[0].s.0) == "/bin/h")
        #expect(blob.texts(blob.steps[0].s.1, 1) == ["h"])
        #expect(blob.texts(blob.steps[1].s.0, 3) == ["sh", "", "x"])
        #expect(blob.texts(blob.steps[1].s.1, 1) == ["A=1"])
        // Both lists with a NULL after each, and HOME.
        #expect(blob.header.args >= 3 + 1 + 1 + 1 + 1)
    }

    @Test func bytesAreAligned() throws {
        var filter = Step(.filter)
        filter.data = [1, 2, 3]
        filter.count = 3
        let blob = try encoded([Step(.hostname, "odd"), filter])
        let at = Int(blob.steps[1].s.0)
        #expect(at % 8 == 0)
        #expect(Array(blob.bytes[at..<at + 3]) == [1, 2, 3])
    }

    /// The numbers of Plan's operations are those of the walker.
    @Test func operationsAreTheWalkers() {
        let walkers: [(Operation, dl_op)] = [
            (.setsid, DL_SETSID), (.join, DL_JOIN), (.unshare, DL_UNSHARE), (.fork, DL_FORK), (.ask, DL_ASK),
            (.enter, DL_ENTER), (.become, DL_BECOME), (.hostname, DL_HOSTNAME),
            (.domainname, DL_DOMAINNAME), (.loopback, DL_LOOPBACK), (.keyring, DL_KEYRING),
            (.propagate, DL_PROPAGATE), (.root, DL_ROOT), (.mount, DL_MOUNT), (.bind, DL_BIND),
            (.directory, DL_DIRECTORY), (.symlink, DL_SYMLINK), (.device, DL_DEVICE), (.console, DL_CONSOLE),
            (.pivot, DL_PIVOT), (.attributes, DL_ATTRIBUTES), (.mask, DL_MASK), (.readonly, DL_READONLY),
            (.sysctl, DL_SYSCTL), (.put, DL_PUT), (.rlimit, DL_RLIMIT), (.scheduler, DL_SCHEDULER),
            (.ioprio, DL_IOPRIO), (.affinity, DL_AFFINITY), (.personality, DL_PERSONALITY),
            (.mempolicy, DL_MEMPOLICY), (.umask, DL_UMASK), (.bounding, DL_BOUNDING), (.user, DL_USER),
            (.capabilities, DL_CAPABILITIES), (.noNewPrivileges, DL_NO_NEW_PRIVILEGES),
            (.filter, DL_FILTER), (.cwd, DL_CWD), (.home, DL_HOME), (.resolve, DL_RESOLVE), (.hook, DL_HOOK),
            (.wait, DL_WAIT), (.close, DL_CLOSE), (.exec, DL_EXEC), (.chroot, DL_CHROOT), (.super, DL_SUPER),
            (.label, DL_LABEL),
        ]
        #expect(walkers.map(\.0) == Operation.allCases)
        for (operation, number) in walkers { #expect(operation.rawValue == number.rawValue, "\(operation)") }
        #expect(Slot.none.rawValue == DL_SLOTS)
        #expect(Slot.payload.rawValue == Slot.agent.rawValue + 1)
    }

    /// Plan's ways of mounting are those of the walker.
    @Test func waysAreTheWalkers() {
        #expect(At.recursive == UInt64(DL_AT_RECURSIVE))
        #expect(At.nofollow == UInt64(DL_AT_NOFOLLOW))
        #expect(At.copyUp == UInt64(DL_AT_COPY_UP))
        #expect(At.sourceNoFollow == UInt64(DL_AT_SOURCE_NOFOLLOW))
        #expect(At.destinationNoFollow == UInt64(DL_AT_DEST_NOFOLLOW))
        #expect(At.inProc == UInt64(DL_AT_IN_PROC))
    }
}
