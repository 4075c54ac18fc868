import JSON

/// What an image runs on (image-spec, image-index.md): Go's names for systems and processors.
public struct Platform: Sendable, Equatable, CustomStringConvertible {
    public var os: String
    public var architecture: String
    /// Of the processor, for example `v8`; empty where there is none.
    public var variant: String
    public var osVersion: String

    public init(os: String, architecture: String, variant: String = "", osVersion: String = "") {
        self.os = os
        self.architecture = architecture
        self.variant = variant
        self.osVersion = osVersion
    }

    /// What this program is built for.
    public static let host = Platform(os: "linux", architecture: "amd64")

    /// Reads `--platform`: `os/architecture[/variant]`, or an architecture alone.
    public init(_ text: String) throws(ManifestError) {
        let words = text.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        guard words.count <= 3, !words.contains("") else {
            throw ManifestError(problem: "the platform \"\(text)\" is not os/architecture[/variant]")
        }
        os = words.count == 1 ? "linux" : words[0].lowercased()
        let named = (words.count == 1 ? words[0] : words[1]).lowercased()
        variant = words.count == 3 ? words[2].lowercased() : ""
        osVersion = ""
        switch named {
        case "x86_64", "x86-64": architecture = "amd64"
        case "aarch64": architecture = "arm64"
        case "i386", "i686": architecture = "386"
        default: architecture = named
        }
    }

    init(_ json: JSON) throws(ManifestError) {
        try json.requireObject()
        os = try json.text("os") ?? ""
        architecture = try json.text("architecture") ?? ""
        variant = try json.text("variant") ?? ""
        osVersion = try json.text("os.version") ?? ""
    }

    var node: JSONNode {
        var members: [JSONNode.Member] = [
            .init("architecture", .string(architecture)),
            .init("os", .string(os)),
        ]
        if !osVersion.isEmpty { members.append(.init("os.version", .string(osVersion))) }
        if !variant.isEmpty { members.append(.init("variant", .string(variant))) }
        return .object(members)
    }

    public var description: String { os + "/" + architecture + (variant.isEmpty ? "" : "/" + variant) }

    /// How well an image for `other` serves here: 2 exactly, 1 where only the variant is left open or is
    /// the architecture's first, 0 not at all.
    func match(_ other: Platform) -> Int {
        guard os == other.os, architecture == other.architecture else { return 0 }
        if canonicalVariant == other.canonicalVariant { return 2 }
        return variant.isEmpty || other.variant.isEmpty ? 1 : 0
    }

    /// Variants that go without saying: `v1` of amd64, `v8` of arm64 (containerd's and Docker's rule).
    private var canonicalVariant: String {
        switch (architecture, variant) {
        case ("amd64", "v1"), ("arm64", "v8"), ("arm64", "8"): ""
        default: variant
        }
    }
}
