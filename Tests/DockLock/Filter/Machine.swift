import Testing

/// What the kernel gives a filter to judge: `struct seccomp_data`.
struct Call {
    static let x86_64: UInt32 = 0xc000_003e
    static let i386: UInt32 = 0x4000_0003
    static let aarch64: UInt32 = 0xc000_00b7

    var number: UInt32
    var architecture: UInt32
    var arguments: [UInt64] = [0, 0, 0, 0, 0, 0]

    init(_ number: UInt32, _ architecture: UInt32 = Call.x86_64, _ arguments: [UInt64] = []) {
        self.number = number
        self.architecture = architecture
        for (index, value) in arguments.enumerated() { self.arguments[index] = value }
    }

    /// The word at an offset of the struct; nil outside it or off its grid, as the kernel refuses.
    func word(at offset: UInt32) -> UInt32? {
        guard offset % 4 == 0 else { return nil }
        switch offset {
        case 0: return number
        case 4: return architecture
        case 8, 12: return 0
        case 16..<64:
            let value = arguments[Int(offset - 16) / 8]
            return UInt32(truncatingIfNeeded: offset % 8 == 0 ? value : value >> 32)
        default: return nil
        }
    }
}

/// Classic BPF as the kernel runs it for seccomp: nil for anything that it would refuse to load.
struct Machine {
    private struct Instruction {
        var code: UInt16
        var whenTrue: Int
        var whenFalse: Int
        var constant: UInt32
    }

    private let program: [Instruction]

    init(_ bytes: [UInt8]) throws {
        try #require(bytes.count % 8 == 0 && !bytes.isEmpty)
        program = stride(from: 0, to: bytes.count, by: 8).map { at in
            bytes.withUnsafeBytes { buffer in
                Instruction(
                    code: buffer.loadUnaligned(fromByteOffset: at, as: UInt16.self),
                    whenTrue: Int(bytes[at + 2]), whenFalse: Int(bytes[at + 3]),
                    constant: buffer.loadUnaligned(fromByteOffset: at + 4, as: UInt32.self))
            }
        }
    }

    func run(_ call: Call) -> UInt32? {
        var accumulator: UInt32 = 0
        var at = 0
        while at < program.count {
            let instruction = program[at]
            let constant = instruction.constant
            at += 1
            switch instruction.code {
            case 0x20:
                guard let word = call.word(at: constant) else { return nil }
                accumulator = word
            case 0x54: accumulator &= constant
            case 0x05: at += Int(constant)
            case 0x15: at += accumulator == constant ? instruction.whenTrue : instruction.whenFalse
            case 0x25: at += accumulator > constant ? instruction.whenTrue : instruction.whenFalse
            case 0x35: at += accumulator >= constant ? instruction.whenTrue : instruction.whenFalse
            case 0x45: at += accumulator & constant != 0 ? instruction.whenTrue : instruction.whenFalse
            case 0x06: return constant
            default: return nil
            }
        }
        return nil
    }
}

/// What filters answer with.
enum Answer {
    static let killThread: UInt32 = 0
    static let killProcess: UInt32 = 0x8000_0000
    static let trap: UInt32 = 0x0003_0000
    static let notify: UInt32 = 0x7fc0_0000
    static let log: UInt32 = 0x7ffc_0000
    static let allow: UInt32 = 0x7fff_0000
    static let enosys = errno(38)
    static let eperm = errno(1)

    static func errno(_ code: UInt32) -> UInt32 { 0x0005_0000 | code }
    static func trace(_ code: UInt32) -> UInt32 { 0x7ff0_0000 | code }
}
