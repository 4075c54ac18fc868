import CKernel
import Kernel
import Plan

/// A plan as bytes: CKernel's header, its steps, the strings behind them, and room for argument pointers.
struct Blob {
    private var text: [UInt8] = []
    private var steps: [dl_step] = []
    private let base: Int

    /// - Parameters:
    ///   - socket: the child's end of the channel.
    ///   - opened: the descriptors of the plan's needs, in their order.
    static func encode(_ plan: Plan, socket: Int32, opened: [Int32]) -> [UInt8] {
        var blob = Blob(steps: plan.steps.count)
        var slots = 2
        for step in plan.steps {
            blob.add(step, opened)
            slots = max(slots, step.first.count + step.second.count + 3)
        }
        return blob.finish(socket: socket, pointers: slots)
    }

    private init(steps count: Int) {
        base = MemoryLayout<dl_blob>.size + count * MemoryLayout<dl_step>.stride
        steps.reserveCapacity(count)
        text.reserveCapacity(4096)
    }

    private var end: UInt32 { UInt32(base + text.count) }

    private mutating func put(_ string: String?) -> UInt32 {
        guard let string else { return 0 }
        let at = end
        text.append(contentsOf: string.utf8)
        text.append(0)
        return at
    }

    private mutating func put(_ strings: [String]) -> UInt32 {
        let at = end
        for string in strings { _ = put(string) }
        return at
    }

    /// Bytes that the kernel reads as words.
    private mutating func put(_ bytes: [UInt8]) -> UInt32 {
        while (base + text.count) % 8 != 0 { text.append(0) }
        let at = end
        text.append(contentsOf: bytes)
        return at
    }

    private mutating func add(_ step: Step, _ opened: [Int32]) {
        var out = dl_step()
        out.op = step.operation.rawValue
        out.fd = step.need >= 0 ? opened[Int(step.need)] : -1
        out.n = (step.n0, step.n1, step.n2, step.n3, step.n4)
        out.count = step.count
        out.slot = step.slot
        switch step.operation {
        case .exec: out.s = (put(step.first), put(step.second), 0, 0)
        case .hook: out.s = (put(step.s0), put(step.first), put(step.second), 0)
        default:
            let first = step.data.isEmpty ? put(step.s0) : put(step.data)
            out.s = (first, put(step.s1), put(step.s2), put(step.s3))
        }
        steps.append(out)
    }

    private mutating func finish(socket: Int32, pointers: Int) -> [UInt8] {
        while (base + text.count) % 8 != 0 { text.append(0) }
        var header = dl_blob()
        header.magic = DL_MAGIC
        header.socket = socket
        header.steps = UInt32(steps.count)
        header.pointers = end
        header.args = UInt32(pointers)
        header.size = end + UInt32(pointers * 8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(header.size))
        // Sound: both are plain C structs without pointers; the child reads the same layout.
        withUnsafeBytes(of: &header) { bytes.append(contentsOf: $0) }
        steps.withUnsafeBytes { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: text)
        bytes.append(contentsOf: repeatElement(0, count: pointers * 8))
        return bytes
    }
}
