/// A package that an image's tree holds, as its package manager's database has it.
public struct SoftwarePackage: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case deb
        case apk
    }

    public var kind: Kind
    public var name: String
    public var version: String
    public var architecture: String
    /// As the database states it; empty where it does not.
    public var license: String

    public init(
        _ kind: Kind, name: String, version: String, architecture: String = "", license: String = ""
    ) {
        self.kind = kind
        self.name = name
        self.version = version
        self.architecture = architecture
        self.license = license
    }

    /// The package's name for every tool (package-url, purl-spec): `pkg:deb/debian/dash@0.5.12-2?arch=amd64`.
    func locator(_ system: OperatingSystem) -> String {
        let vendor = system.id.isEmpty ? (kind == .deb ? "debian" : "alpine") : system.id
        var text =
            "pkg:\(kind.rawValue)/\(Self.encoded(vendor))/\(Self.encoded(name))@\(Self.encoded(version))"
        var qualifiers: [String] = []
        if !architecture.isEmpty { qualifiers.append("arch=" + Self.encoded(architecture)) }
        if !system.id.isEmpty, !system.version.isEmpty {
            qualifiers.append("distro=" + Self.encoded(system.id + "-" + system.version))
        }
        if !qualifiers.isEmpty { text += "?" + qualifiers.joined(separator: "&") }
        return text
    }

    private static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) && byte < 0x80
                || [UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~")].contains(byte)
            if isPlain {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                for digit in [byte >> 4, byte & 15] { bytes.append(digit < 10 ? 0x30 + digit : 0x37 + digit) }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What /etc/os-release says of an image (os-release(5)).
public struct OperatingSystem: Sendable, Equatable {
    /// `debian`; empty where nothing is said.
    public var id = ""
    /// `12`
    public var version = ""

    public init() {}

    public init(_ release: [UInt8]) {
        for line in release.split(separator: UInt8(ascii: "\n")) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            var value = line[(equals + 1)...]
            if let quote = value.first, quote == 0x22 || quote == 0x27, value.count > 1, value.last == quote {
                value = value.dropFirst().dropLast()
            }
            let text = String(decoding: value, as: UTF8.self)
            if line[..<equals].elementsEqual("ID".utf8) { id = text }
            if line[..<equals].elementsEqual("VERSION_ID".utf8) { version = text }
        }
    }
}
