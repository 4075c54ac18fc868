// rooms: JSON
import JSON

/// The input is a document. What is accepted must come back the same when it is written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    let document: JSON
    do throws(JSONError) {
        document = try JSON.parse(input)
    } catch {
        precondition(error.line >= 1 && error.column >= 1 && !error.reason.isEmpty)
        return 0
    }
    visit(document)
    let tree = JSONNode(document)
    for pretty in [false, true] {
        guard let again = try? JSON.parse(tree.encoded(pretty: pretty)) else {
            preconditionFailure("what was written cannot be read")
        }
        precondition(JSONNode(again) == tree)
    }
    return 0
}

private func visit(_ value: JSON) {
    switch value.kind {
    case .null: precondition(value.isNull)
    case .bool: precondition(value.bool != nil)
    case .number:
        precondition(value.double != nil)
        if let int = value.int, int > 0 { precondition(value.uint == UInt64(int)) }
    case .string:
        precondition(value.hasNUL == value.string?.utf8.contains(0))
        precondition((try? JSON.parse(value.bytes))?.string == value.string)
    case .array:
        for element in value.elements { visit(element) }
    case .object:
        for (key, element) in value.members {
            guard let name = key.string, let found = value[key: name] else {
                preconditionFailure("a member is not found by its name")
            }
            precondition(found.bytes == element.bytes)
            visit(element)
        }
    }
}
