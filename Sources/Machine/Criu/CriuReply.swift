/// What criu says: its `criu_resp`.
public struct CriuReply: Sendable, Equatable {
    public enum Kind: Int64, Sendable { case dump = 1, restore = 2, preDump = 4, notify = 6 }

    /// nil for a kind that no request here asks for.
    public var kind: Kind?
    public var success = false
    /// Of a notification: the stage that criu has reached.
    public var stage: String?
    /// The restored first process, of a restore's answer or a stage of it; zero where there is none.
    public var pid: Int32 = 0
    public var errno: Int32 = 0
    public var message: String?

    init() {}

    init(decoding bytes: ArraySlice<UInt8>) throws(CriuError) {
        var reader = ProtocolReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: kind = field.content.number.flatMap { Kind(rawValue: Int64(bitPattern: $0)) }
            case 2: success = field.content.number == 1
            case 4: try decodeRestore(field.content.bytes ?? [])
            case 5: try decodeNotification(field.content.bytes ?? [])
            case 7: errno = field.content.int32 ?? 0
            case 9: message = field.content.text
            default: break
            }
        }
    }

    private mutating func decodeRestore(_ bytes: ArraySlice<UInt8>) throws(CriuError) {
        var reader = ProtocolReader(bytes)
        while let field = try reader.next() {
            if field.number == 1 { pid = field.content.int32 ?? 0 }
        }
    }

    private mutating func decodeNotification(_ bytes: ArraySlice<UInt8>) throws(CriuError) {
        var reader = ProtocolReader(bytes)
        while let field = try reader.next() {
            if field.number == 1 { stage = field.content.text }
            if field.number == 2 { pid = field.content.int32 ?? 0 }
        }
    }
}
