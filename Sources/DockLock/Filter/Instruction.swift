/// One `struct sock_filter`: what an instruction of classic BPF does, where it jumps, its constant.
struct Instruction: Equatable {
    static let load: UInt16 = 0x20
    static let jump: UInt16 = 0x05
    static let jumpEqual: UInt16 = 0x15
    static let jumpGreater: UInt16 = 0x25
    static let jumpGreaterOrEqual: UInt16 = 0x35
    static let answer: UInt16 = 0x06

    /// Offsets in `struct seccomp_data`.
    static let numberOffset: UInt32 = 0
    static let architectureOffset: UInt32 = 4

    var code: UInt16
    /// Instructions skipped where a comparison holds, and where not.
    var whenTrue: UInt8
    var whenFalse: UInt8
    var constant: UInt32

    init(_ code: UInt16, _ whenTrue: UInt8, _ whenFalse: UInt8, _ constant: UInt32) {
        self.code = code
        self.whenTrue = whenTrue
        self.whenFalse = whenFalse
        self.constant = constant
    }

    init(_ code: UInt16, _ constant: UInt32) { self.init(code, 0, 0, constant) }

    /// Whether it compares and jumps; `jump` is none of these.
    var isComparison: Bool { code & 0x07 == 0x05 && code != Instruction.jump }

    /// The instructions in a program's bytes, whose number is a multiple of 8.
    static func decode(_ program: [UInt8]) -> [Instruction] {
        program.withUnsafeBytes { buffer in
            stride(from: 0, to: buffer.count, by: 8).map { at in
                Instruction(
                    buffer.loadUnaligned(fromByteOffset: at, as: UInt16.self), buffer[at + 2], buffer[at + 3],
                    buffer.loadUnaligned(fromByteOffset: at + 4, as: UInt32.self))
            }
        }
    }

    static func encode(_ program: [Instruction]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(program.count * 8)
        for instruction in program {
            withUnsafeBytes(of: instruction.code) { bytes.append(contentsOf: $0) }
            bytes.append(instruction.whenTrue)
            bytes.append(instruction.whenFalse)
            withUnsafeBytes(of: instruction.constant) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }
}
