// rooms: Digest JSON Manifest Distribution
import Distribution

/// The first byte says what the rest is of what a registry, a token server, a helper or a file says: a field
/// of an answer (a challenge, an address, a range, a time, a link), an answer's body, or a file.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDistribution(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    guard let kind = input.first else { return 0 }
    let rest = Array(input.dropFirst())
    switch kind {
    case UInt8(ascii: "f"): field(String(decoding: rest, as: UTF8.self))
    case UInt8(ascii: "b"): body(rest)
    case UInt8(ascii: "a"): authFile(rest)
    case UInt8(ascii: "r"):
        guard let settings = try? RegistrySettings(rest, name: "r") else { return 0 }
        let sources = settings.sources(of: Repository(registry: "h", path: "a"))
        precondition(sources.last == Repository(registry: "h", path: "a"))
    default: break
    }
    return 0
}

private func field(_ text: String) {
    let here = Location(scheme: .https, host: "h", port: 443, target: "/v2/a?b")
    for challenge in Challenge.list(text) {
        precondition(!challenge.scheme.isEmpty && challenge.scheme == challenge.scheme.lowercased())
        guard let question = try? TokenQuestion(challenge, from: here, scopes: ["s"]) else { continue }
        precondition(question.realm.scheme == .https)
        check(question.get)
    }
    if let place = try? Location(text) { check(place) }
    if let place = try? Redirection.next(from: here, to: text, hops: 0) {
        precondition(place.scheme == .https)
        check(place)
    }
    if let range = ByteRange.content(text) { precondition(range.start >= 0 && range.start <= range.end) }
    if let done = ByteRange.uploaded(text) { precondition(done >= 0) }
    if let seconds = Retry.after(text, now: 1_700_000_000) {
        precondition(seconds >= 0)
        precondition(Retry.delayMillis(after: 1, asked: seconds, chance: 0) <= 60_000)
    }
    _ = TagPage.next(text)
}

/// An address is what it says, and no field of a request can be smuggled into it.
private func check(_ place: Location) {
    precondition((try? Location(place.description)) == place)
    precondition(place.description.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && place.target.hasPrefix("/"))
}

private func body(_ bytes: [UInt8]) {
    let text = RegistryComplaint.text(status: 400, body: bytes)
    precondition(text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } && text.utf8.count < 16_384)
    if let answer = try? TokenAnswer.decode(bytes) {
        precondition(!answer.token.isEmpty && (60...86_400).contains(answer.expiresIn))
    }
    _ = try? TagPage.decode(bytes)
    if let credential = try? HelperAnswer.decode(bytes, helper: "x") {
        let again = HelperAnswer.encode(credential, server: "s")
        precondition((try? HelperAnswer.decode(again, helper: "x")) == credential)
    }
}

private func authFile(_ bytes: [UInt8]) {
    guard var file = try? CredentialFile(bytes, name: "a") else { return }
    _ = try? file.find(registry: "h:1", repository: "a/b")
    let credential = Credential.password(user: "u", password: "p")
    file.set("h:1", credential)
    guard let again = try? CredentialFile(file.encoded, name: "b") else { preconditionFailure("unreadable") }
    // A helper or a longer name may still come first.
    if case .credential(let found)? = try? again.find(registry: "h:1", repository: nil) {
        precondition(found == credential)
    }
    precondition(file.set("h:1", nil) && !file.set("h:1", nil))
}
