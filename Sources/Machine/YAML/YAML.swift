import CYAML
import JSON

/// Why a text is no YAML that is taken: where, and what is wrong.
public struct YAMLError: Error, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}

/// How much of a YAML text is taken.
public struct YAMLLimits: Sendable {
    public var bytes = 4 << 20
    public var documents = 1000
    public var depth = 64
    /// Values in all documents together, with those that aliases repeat: a few lines of these can stand for
    /// any number.
    public var nodes = 200_000
    /// Bytes of the scalars, with those that aliases repeat.
    public var text = 16 << 20

    public init() {}
}

/// Reads YAML 1.1 (libyaml) as Kubernetes does: what has no counterpart in JSON is refused.
public enum YAML {
    /// The documents of a text as trees of JSON's values; numbers that do not fit into 64 bits keep their
    /// text, and so do fractions.
    ///
    /// Merge keys (`<<`), anchors and aliases are resolved. A mapping's keys are taken as strings, and none
    /// may stand twice.
    /// - Throws: `YAMLError`, with the line.
    public static func documents(
        _ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()
    ) throws(YAMLError) -> [JSONNode] {
        guard bytes.count <= limits.bytes else {
            throw YAMLError("the text is longer than \(limits.bytes) bytes")
        }
        let events = try EventReader(bytes)
        var composer = Composer(events, limits)
        return try composer.documents()
    }
}

/// One event of libyaml's, as a value.
enum Event {
    case documentStart, documentEnd, streamEnd, sequenceEnd, mappingEnd
    case alias(String)
    case scalar(Scalar)
    case sequenceStart(anchor: String?, tag: String?)
    case mappingStart(anchor: String?, tag: String?)

    struct Scalar {
        var text: String
        var anchor: String?
        var tag: String?
        /// Without quotes, and not a block.
        var isPlain: Bool
    }
}

/// libyaml's parser over a text.
final class EventReader {
    private var parser = yaml_parser_t()
    private let room: UnsafeMutablePointer<UInt8>
    /// The line of the last event, from 1.
    private(set) var line = 1

    init(_ bytes: [UInt8]) throws(YAMLError) {
        // The parser reads from it for as long as it lives.
        room = .allocate(capacity: max(bytes.count, 1))
        room.update(from: bytes, count: bytes.count)
        guard yaml_parser_initialize(&parser) == 1 else {
            room.deallocate()
            throw YAMLError("there is no memory for the parser")
        }
        yaml_parser_set_input_string(&parser, room, bytes.count)
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
    }

    deinit {
        yaml_parser_delete(&parser)
        room.deallocate()
    }

    func wrong(_ problem: String) -> YAMLError { YAMLError("line \(line): \(problem)") }

    /// The next event; the stream's and the documents' beginnings say nothing and are left out.
    func next() throws(YAMLError) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else {
            line = Int(parser.problem_mark.line) + 1
            throw wrong(parser.problem.map { String(cString: $0) } ?? "the text is no YAML")
        }
        defer { yaml_event_delete(&event) }
        line = Int(event.start_mark.line) + 1
        switch event.type {
        case YAML_STREAM_START_EVENT: return try next()
        case YAML_STREAM_END_EVENT: return .streamEnd
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_ALIAS_EVENT: return .alias(text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            // Sound: the event owns these bytes until it is deleted.
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return .scalar(
                .init(
                    text: String(decoding: bytes, as: UTF8.self), anchor: text(scalar.anchor),
                    tag: text(scalar.tag), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE))
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return .sequenceStart(anchor: text(start.anchor), tag: text(start.tag))
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return .mappingStart(anchor: text(start.anchor), tag: text(start.tag))
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        default: throw wrong("the text is no YAML")
        }
    }

    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }
}
