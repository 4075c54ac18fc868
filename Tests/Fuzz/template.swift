// rooms: JSON Format
import Format
import JSON

/// The input is a template of `--format`, or a time. A template ends, whatever it says.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTemplate(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    if let moment = Moment(text) { precondition(Moment(moment.description) == moment) }
    let value: JSONNode = [
        "Name": .string("app"), "Count": .int(3), "None": .null, "List": .strings(["a", "b"]),
        "Inner": ["Labels": ["k": .string("v")]],
    ]
    do throws(FormatError) {
        let template = try GoTemplate(text)
        _ = try template.text(for: value)
        _ = try template.lines(for: [value, value], headings: [("Name", "NAME")])
    } catch {
        precondition(!error.description.isEmpty)
    }
    return 0
}
