// rooms: DNS
@testable import DNS

/// The input is a datagram that a container sent to the resolver.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDNS(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let message = Array(UnsafeBufferPointer(start: bytes, count: count))
    guard let question = Question(message) else { return 0 }
    precondition(question.name.utf8.count <= 253)
    var zone = Zone()
    zone.add(names: ["web", question.name], addresses: [[10, 88, 0, 2], [UInt8](repeating: 7, count: 16)])
    if let address = question.reversed { zone.add(names: [question.name], addresses: [address]) }
    let answers: [Answer] =
        [zone.answer(to: question) { _ in true } ?? .unknown, .failure, .refused]
        + [.addresses((0..<200).map { [10, 0, 0, $0] }), .names([question.name])]
    for answer in answers {
        let said = answer.message(to: question)
        precondition(said.count <= 1232 && question.isAnswered(by: said))
        precondition(answer.message(to: question, limit: 65535).count >= 12)
    }
    _ = question.isAnswered(by: message)
    return 0
}
