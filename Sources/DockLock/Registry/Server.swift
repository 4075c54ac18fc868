import Distribution
import Glibc
import Kernel
import NIOCore

/// A registry as it is spoken with: how it is reached, and by what right.
actor Server {
    let registry: String
    private let wire: Wire
    private let trust: Trust
    private let keyring: Keyring
    /// The address of `/v2/`, once it is known.
    private var known: Location?
    private var isBasic = false
    /// What tokens are to be had by.
    private var bearer: Challenge?
    private var tokens: [String: (token: String, until: ContinuousClock.Instant)] = [:]

    /// A token is given up so long before its end that the request it goes with may still arrive.
    private static let margin: Duration = .seconds(10)

    init(_ registry: String, _ wire: Wire, _ trust: Trust, _ keyring: Keyring) {
        self.registry = registry
        self.wire = wire
        self.trust = trust
        self.keyring = keyring
    }

    /// The registry's address; finds out at the first time whether it speaks https, or plain http where that
    /// will do, and what it wants to see before it answers (distribution-spec, Determining Support).
    func home() async throws -> Location {
        if let known { return known }
        let secure = try Repository.home(of: registry, .https)
        let plain = try Repository.home(of: registry, .http)
        let answer = try await patiently {
            do throws(RegistryError) {
                return try await self.wire.ask(Call(.GET, secure), authorization: nil, home: secure)
            } catch {
                guard self.trust.allowsPlain(self.registry) else { throw error }
                let other = try? await self.wire.ask(Call(.GET, plain), authorization: nil, home: plain)
                guard let other, other.status == 200 || other.status == 401 else { throw error }
                return other
            }
        }
        guard answer.status < 500 else { throw await answer.complaint() }
        return await learn(answer.place.scheme == .https ? secure : plain, answer)
    }

    private func learn(_ home: Location, _ answer: Answer) async -> Location {
        note(answer)
        _ = try? await answer.bytes(limit: RegistryComplaint.limitBytes)
        known = home
        return home
    }

    /// Asks what needs a right to a repository. Tries again what is worth it, unless `isPatient` is false.
    func ask(_ call: Call, _ scope: Scope?, isPatient: Bool = true) async throws -> Answer {
        guard isPatient else { return try await authorized(call, scope) }
        return try await patiently { try await self.authorized(call, scope) }
    }

    private func authorized(_ call: Call, _ scope: Scope?) async throws -> Answer {
        let home = try await home()
        let authorization = try await authorization(scope)
        let answer = try await wire.ask(call, authorization: authorization, home: home)
        guard answer.status == 401, answer.place.hasOrigin(of: home) else { return answer }
        // The token is too old or not enough, or only now it is said that one is needed.
        let hadRight = authorization != nil
        note(answer)
        if hadRight, isBasic { return answer }
        let second = try await self.authorization(scope, isFresh: true)
        guard let second, second != authorization else { return answer }
        _ = try? await answer.bytes(limit: RegistryComplaint.limitBytes)
        return try await wire.ask(call, authorization: second, home: home)
    }

    private func note(_ answer: Answer) {
        guard answer.status == 401 else { return }
        let challenges = answer.fields["www-authenticate"].flatMap { Challenge.list($0) }
        if let found = challenges.first(where: { $0.scheme == "bearer" }) {
            bearer = found
        } else if challenges.contains(where: { $0.scheme == "basic" }) {
            isBasic = true
        }
    }

    /// `Authorization` for a request, where the server has said that it wants one.
    private func authorization(_ scope: Scope?, isFresh: Bool = false) async throws -> String? {
        if let bearer {
            let key = scope?.description ?? ""
            if !isFresh, let kept = tokens[key], kept.until > .now { return "Bearer " + kept.token }
            let credential = try keyring.find(registry: registry, repository: scope?.repository)
            let answer = try await token(bearer, scope, credential)
            tokens[key] = (answer.token, .now + .seconds(answer.expiresIn) - Self.margin)
            return "Bearer " + answer.token
        }
        guard isBasic else { return nil }
        return try keyring.find(registry: registry, repository: scope?.repository)?.basic
    }

    private func token(
        _ challenge: Challenge, _ scope: Scope?, _ credential: Credential?
    ) async throws -> TokenAnswer {
        let home = try await home()
        let question = try TokenQuestion(challenge, from: home, scopes: scope.map { [$0.description] } ?? [])
        var call = Call(.GET, question.get)
        var authorization: String?
        switch credential {
        case nil: break
        case .password?: authorization = credential?.basic
        case .identityToken(let token)?:
            call = Call(.POST, question.realm)
            call.body = .bytes(
                Array(question.form(identityToken: token).utf8), type: "application/x-www-form-urlencoded")
        }
        let (asked, right) = (call, authorization)
        let answer = try await patiently {
            try await self.wire.ask(asked, authorization: right, home: asked.place)
        }
        guard answer.status == 200 else { throw await answer.complaint() }
        return try TokenAnswer.decode(await answer.bytes(limit: TokenAnswer.limitBytes))
    }
}

/// Does what may fail in passing until it does not, or has been tried often enough. An answer that is worth
/// another try is the last one's at the end.
private func patiently<Failure: Error>(
    isolation: isolated (any Actor)? = #isolation, _ work: () async throws(Failure) -> Answer
) async throws(Failure) -> Answer {
    var tries = 0
    while true {
        tries += 1
        do throws(Failure) {
            let answer = try await work()
            guard Retry.isWorth(status: answer.status), tries < Retry.triesMax else { return answer }
            _ = try? await answer.bytes(limit: RegistryComplaint.limitBytes)
            await pause(after: tries, answer.single("retry-after"))
        } catch {
            guard (error as? RegistryError)?.kind == .passing, tries < Retry.triesMax else { throw error }
            await pause(after: tries, nil)
        }
    }
}

/// Waits before the next try, as long as the rule says.
func pause(after attempt: Int, _ retryAfter: String?) async {
    let asked = retryAfter.flatMap { Retry.after($0, now: Host.now().seconds) }
    let millis = Retry.delayMillis(after: attempt, asked: asked, chance: .random(in: 0..<1))
    try? await Task.sleep(for: .milliseconds(millis))
}
