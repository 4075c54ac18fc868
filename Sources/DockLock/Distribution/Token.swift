import JSON

/// What may be done with a repository, as a token server wants it named
/// (distribution, spec/auth/scope.md).
public struct Scope: Sendable, Hashable, CustomStringConvertible {
    public var repository: String
    public var isPush: Bool

    public init(_ repository: String, push: Bool = false) {
        self.repository = repository
        isPush = push
    }

    public var description: String { "repository:\(repository):\(isPush ? "pull,push" : "pull")" }
}

/// The question to a token server (distribution, spec/auth/token.md and oauth.md).
public struct TokenQuestion: Sendable, Equatable {
    /// The server's address without the question.
    public var realm: Location
    public var service: String?
    public var scopes: [String]

    /// What a bearer challenge of `place` leads to. A server of https must not send to a plain one.
    public init(_ challenge: Challenge, from place: Location, scopes: [String]) throws(DistributionError) {
        guard let text = challenge["realm"] else {
            throw DistributionError("\(place.shownInErrors) wants a token, but does not say from where")
        }
        realm = try Location(text)
        guard place.scheme == .http || realm.scheme == .https else {
            throw DistributionError(
                "\(place.shownInErrors) wants a token from plain http, where a password is not sent")
        }
        service = challenge["service"]
        // A challenge that names scopes knows best what is missing.
        let named = challenge["scope"].map { $0.split(separator: " ").map { String($0) } } ?? []
        self.scopes = scopes + named.filter { !scopes.contains($0) }
    }

    /// The address to get a token from, with a password in `Authorization` or as anybody.
    public var get: Location {
        var place = realm
        if let service { place = place.adding("service", service) }
        for scope in scopes { place = place.adding("scope", scope) }
        return place
    }

    /// The form to post where an identity token is the credential (RFC 6749, 6).
    public func form(identityToken: String) -> String {
        var fields = [("grant_type", "refresh_token"), ("refresh_token", identityToken)]
        fields.append(("client_id", "docklock"))
        if let service { fields.append(("service", service)) }
        fields.append(("scope", scopes.joined(separator: " ")))
        return fields.map { $0.0 + "=" + Location.encode($0.1) }.joined(separator: "&")
    }
}

/// A token server's answer.
public struct TokenAnswer: Sendable, Equatable {
    public static let limitBytes = 1 << 20
    /// What a token is good for where nobody says (spec/auth/token.md).
    static let secondsLeast: Int64 = 60

    public var token: String
    /// Seconds from when it was given.
    public var expiresIn: Int64

    public init(token: String, expiresIn: Int64) {
        self.token = token
        self.expiresIn = expiresIn
    }

    public static func decode(_ bytes: [UInt8]) throws(DistributionError) -> TokenAnswer {
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(bytes, limits: .init(depth: 16, bytes: limitBytes))
        } catch {
            throw DistributionError("the token server's answer: \(error)")
        }
        guard let token = json["token"]?.string ?? json["access_token"]?.string, !token.isEmpty else {
            throw DistributionError("the token server's answer holds no token")
        }
        guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw DistributionError("the token server's token holds characters that none may hold")
        }
        let seconds = json["expires_in"]?.int ?? secondsLeast
        return TokenAnswer(token: token, expiresIn: min(max(seconds, secondsLeast), 86_400))
    }
}

/// Who somebody is for a registry.
public enum Credential: Sendable, Equatable {
    case password(user: String, password: String)
    /// A token of OAuth 2 that stands for a password.
    case identityToken(String)

    /// `Authorization` with a password (RFC 7617), nil for a token.
    public var basic: String? {
        guard case .password(let user, let password) = self else { return nil }
        return "Basic " + Base64.encode(Array("\(user):\(password)".utf8))
    }
}
