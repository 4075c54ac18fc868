import OCI
import Verbs

/// What the container may use. `limits` holds what needs no look at the host.
public struct ResourceRequest: Sendable, Equatable {
    /// `resources.memory.swap` and the rest as they were asked for; nothing is defaulted.
    public var limits = Resources()
    public var cgroupParent: String?
    /// Billionths of a CPU (`--cpus`).
    public var nanoCPUs: Int64?
    /// By path of a block device of the host's.
    public var weights: [DeviceAmount] = []
    public var readBytes: [DeviceAmount] = []
    public var writeBytes: [DeviceAmount] = []
    public var readOperations: [DeviceAmount] = []
    public var writeOperations: [DeviceAmount] = []

    public init() {}

    /// The block devices that are named: the caller of `Configuration` tells their numbers.
    public var blockDevices: [String] {
        (weights + readBytes + writeBytes + readOperations + writeOperations).map(\.path)
    }
}

/// An amount a device: a weight, bytes a second or operations a second.
public struct DeviceAmount: Sendable, Equatable {
    public var path: String
    public var amount: UInt64

    public init(path: String, amount: UInt64) {
        self.path = path
        self.amount = amount
    }
}

/// The parts of resources, made when first written to.
extension ResourceRequest {
    var memory: Resources.Memory {
        get { limits.memory ?? Resources.Memory() }
        set { limits.memory = newValue }
    }

    var cpu: Resources.CPU {
        get { limits.cpu ?? Resources.CPU() }
        set { limits.cpu = newValue }
    }

    var blockIO: Resources.BlockIO {
        get { limits.blockIO ?? Resources.BlockIO() }
        set { limits.blockIO = newValue }
    }
}

/// `PATH:AMOUNT`, the amount a number or a size.
func deviceAmount(
    _ text: String, _ read: (String) throws(Wrong) -> UInt64
) throws(Wrong) -> DeviceAmount {
    let bytes = text.utf8
    guard let index = bytes.lastIndex(of: colon), text.hasPrefix("/dev/") else {
        throw Wrong("\"\(text)\" is not of the form /dev/NAME:AMOUNT")
    }
    let amount = try read(String(text[bytes.index(after: index)...]))
    return DeviceAmount(path: String(text[..<index]), amount: amount)
}

/// A number of CPUs, such as 1.5, in billionths.
func billionths(_ text: String) throws(Wrong) -> Int64 {
    let words = parts(text, at: UInt8(ascii: "."))
    let digits = words.joined()
    let fraction = words.count == 2 ? words[1].utf8.count : 0
    guard words.count <= 2, fraction <= 9, !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }),
        let value = Int64(digits)
    else { throw Wrong("\"\(text)\" is not a number of CPUs, such as 1.5") }
    var scaled = value
    for _ in fraction..<9 {
        let (product, isTooLarge) = scaled.multipliedReportingOverflow(by: 10)
        if isTooLarge { throw Wrong("\"\(text)\" is more CPUs than there can be") }
        scaled = product
    }
    return scaled
}

/// A list of numbers and ranges, such as 0-2,7.
func numberList(_ text: String) throws(Wrong) -> String {
    for word in parts(text, at: comma) {
        let (first, last) = split(word, at: UInt8(ascii: "-"))
        let low: UInt16 = try number(first, 0...8191)
        let high: UInt16 = try number(last ?? first, 0...8191)
        if low > high { throw Wrong("\"\(word)\" runs backwards") }
    }
    return text
}
