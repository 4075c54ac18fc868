import CKernel
import Glibc
import Kernel

/// The device rules as an eBPF program of the kind BPF_PROG_TYPE_CGROUP_DEVICE.
struct DeviceProgram: Equatable {
    /// An instruction as the kernel lays it out.
    struct Instruction: Equatable {
        var code: UInt8
        /// The destination in the low four bits, the source in the high ones.
        var registers: UInt8
        var offset: Int16
        var immediate: Int32
    }

    private(set) var instructions: [Instruction] = []

    /// Registers: what is asked for.
    private static let kind: UInt8 = 2
    private static let access: UInt8 = 3
    private static let major: UInt8 = 4
    private static let minor: UInt8 = 5

    /// Walks the rules from the last to the first, and strikes from the access that is asked for what a
    /// rule allows: nothing left is a yes, something denied or never named is a no.
    init(_ rules: DeviceRules) {
        // The context: u32 access << 16 | kind, u32 major, u32 minor.
        load(DeviceProgram.kind, offset: 0)
        emit(0xBC, DeviceProgram.access | DeviceProgram.kind << 4)
        emit(0x54, DeviceProgram.kind, immediate: 0xFFFF)
        emit(0x74, DeviceProgram.access, immediate: 16)
        load(DeviceProgram.major, offset: 4)
        load(DeviceProgram.minor, offset: 8)
        var decided = false
        for filter in rules.filters.reversed() {
            add(filter)
            if filter.isEverything {
                decided = true
                break
            }
        }
        if !decided { answer(0) }
    }

    private mutating func add(_ filter: DeviceFilter) {
        var body = DeviceProgram()
        if filter.isEverything {
            body.answer(filter.allow ? 1 : 0)
        } else if filter.allow {
            // access &= ~bits; if anything is left, go on with the next rule.
            body.emit(0x54, DeviceProgram.access, immediate: Int32(~filter.access & 7))
            body.emit(0x55, DeviceProgram.access, offset: 2)
            body.answer(1)
        } else {
            // Any of the bits: no.
            body.emit(0x45, DeviceProgram.access, offset: 1, immediate: Int32(filter.access))
            body.emit(0x05, 0, offset: 2)
            body.answer(0)
        }
        var tests: [(UInt8, UInt32)] = []
        // BPF_DEVCG_DEV_BLOCK is 1, BPF_DEVCG_DEV_CHAR 2.
        if filter.kind != 0x61 { tests.append((DeviceProgram.kind, filter.kind == 0x62 ? 1 : 2)) }
        if let major = filter.major { tests.append((DeviceProgram.major, major)) }
        if let minor = filter.minor { tests.append((DeviceProgram.minor, minor)) }
        for (index, test) in tests.enumerated() {
            let skipped = tests.count - index - 1 + body.instructions.count
            // A 32-bit comparison, so that numbers above 2^31 are not sign-extended.
            emit(0x56, test.0, offset: Int16(skipped), immediate: Int32(bitPattern: test.1))
        }
        instructions += body.instructions
    }

    private init() {}

    private mutating func load(_ register: UInt8, offset: Int16) {
        emit(0x61, register | 1 << 4, offset: offset)
    }

    private mutating func answer(_ value: Int32) {
        emit(0xB7, 0, immediate: value)
        emit(0x95, 0)
    }

    private mutating func emit(
        _ code: UInt8, _ registers: UInt8, offset: Int16 = 0, immediate: Int32 = 0
    ) {
        instructions.append(
            Instruction(code: code, registers: registers, offset: offset, immediate: immediate))
    }

    /// Loads the program and attaches it to a v2 directory, beside programs that others attached: all of
    /// them must agree.
    func attach(to directory: String) throws {
        let folder = try Descriptor.open(directory, O_RDONLY | O_DIRECTORY)
        let program = Descriptor(try load())
        // union bpf_attr of BPF_PROG_ATTACH: target, program, type CGROUP_DEVICE, flag ALLOW_MULTI.
        var attributes: [UInt32] = [UInt32(folder.number), UInt32(program.number), 6, 2, 0, 0]
        try DeviceProgram.call(8, &attributes, directory)
    }

    private func load() throws -> Int32 {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(instructions.count * 8)
        for instruction in instructions {
            bytes += [instruction.code, instruction.registers]
            withUnsafeBytes(of: instruction.offset) { bytes += $0 }
            withUnsafeBytes(of: instruction.immediate) { bytes += $0 }
        }
        let license: [UInt8] = Array("Apache-2.0".utf8) + [0]
        return try bytes.withUnsafeBytes { code in
            try license.withUnsafeBytes { text in
                // union bpf_attr of BPF_PROG_LOAD; both buffers outlive the call, which copies them.
                var attributes = [UInt32](repeating: 0, count: 32)
                attributes[0] = 15
                attributes[1] = UInt32(instructions.count)
                DeviceProgram.put(code, into: &attributes, at: 2)
                DeviceProgram.put(text, into: &attributes, at: 4)
                return try DeviceProgram.call(5, &attributes, "device rules")
            }
        }
    }

    private static func put(_ buffer: UnsafeRawBufferPointer, into attributes: inout [UInt32], at index: Int)
    {
        let address = UInt64(UInt(bitPattern: buffer.baseAddress))
        attributes[index] = UInt32(truncatingIfNeeded: address)
        attributes[index + 1] = UInt32(truncatingIfNeeded: address >> 32)
    }

    @discardableResult
    private static func call(_ command: Int, _ attributes: inout [UInt32], _ object: String) throws -> Int32 {
        let size = attributes.count * 4
        let result = attributes.withUnsafeMutableBytes { buffer in
            dl_syscall(CallNumber.bpf, command, Int(bitPattern: buffer.baseAddress), size, 0, 0, 0)
        }
        return Int32(try SystemError.checkReturned(result, "bpf", object))
    }
}
