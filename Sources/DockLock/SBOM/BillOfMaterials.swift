import JSON

/// A file that was put into an image by itself, and no package's.
public struct SoftwareFile: Sendable, Equatable {
    /// Absolute, in the image.
    public var path: String
    /// Hexadecimal digits. SPDX wants SHA-1 of every file; SHA-256 is what can be relied on.
    public var sha1: String
    public var sha256: String

    public init(path: String, sha1: String, sha256: String) {
        self.path = path
        self.sha1 = sha1
        self.sha256 = sha256
    }
}

/// What an image is made of, as SPDX 2.3 has it.
public struct BillOfMaterials: Sendable, Equatable {
    public static let mediaType = "application/spdx+json"
    public static let limitBytes = 256 << 20

    /// What people call the image.
    public var name: String
    /// The digest of its manifest: SHA-256, as hexadecimal digits.
    public var digest: String
    /// RFC 3339, in whole seconds, UTC.
    public var created: String
    /// What made the document: `docklock-0.1.0`.
    public var tool: String
    public var system = OperatingSystem()
    public var packages: [SoftwarePackage] = []
    public var files: [SoftwareFile] = []

    public init(name: String, digest: String, created: String, tool: String) {
        self.name = name
        self.digest = digest
        self.created = created
        self.tool = tool
    }

    /// The document: the same bytes for the same values (SPDX 2.3, clauses 6 to 11).
    public func encoded() -> [UInt8] {
        var relationships: [JSONNode] = []
        func relate(_ one: String, _ how: String, _ other: String) {
            relationships.append([
                "spdxElementId": .string(one), "relationshipType": .string(how),
                "relatedSpdxElement": .string(other),
            ])
        }
        let image = "SPDXRef-Image"
        relate("SPDXRef-DOCUMENT", "DESCRIBES", image)
        var listed = [imageNode(image)]
        for (index, package) in packages.enumerated() {
            let id = "SPDXRef-Package-\(index + 1)"
            listed.append(node(package, id))
            relate(image, "CONTAINS", id)
        }
        var shown: [JSONNode] = []
        for (index, file) in files.enumerated() {
            let id = "SPDXRef-File-\(index + 1)"
            shown.append(Self.node(file, id))
            // Of an image whose files are not all listed, CONTAINS may not be said.
            relate(id, "FILE_ADDED", image)
        }
        var document: [JSONNode.Member] = [
            .init("spdxVersion", .string("SPDX-2.3")),
            .init("dataLicense", .string("CC0-1.0")),
            .init("SPDXID", .string("SPDXRef-DOCUMENT")),
            .init("name", .string(name)),
            // Of the image alone: the same image has the same document wherever it is made.
            .init("documentNamespace", .string("https://spdx.org/spdxdocs/docklock-" + digest)),
            .init("creationInfo", ["created": .string(created), "creators": .strings(["Tool: " + tool])]),
            .init("packages", .array(listed)),
        ]
        if !shown.isEmpty { document.append(.init("files", .array(shown))) }
        document.append(.init("relationships", .array(relationships)))
        return JSONNode.object(document).encoded()
    }

    private func imageNode(_ id: String) -> JSONNode {
        [
            "SPDXID": .string(id), "name": .string(name), "versionInfo": .string("sha256:" + digest),
            "downloadLocation": .string("NOASSERTION"), "filesAnalyzed": .bool(false),
            "primaryPackagePurpose": .string("CONTAINER"),
            "checksums": .array([Self.checksum("SHA256", digest)]),
            "licenseConcluded": .string("NOASSERTION"), "licenseDeclared": .string("NOASSERTION"),
            "copyrightText": .string("NOASSERTION"),
        ]
    }

    private func node(_ package: SoftwarePackage, _ id: String) -> JSONNode {
        var members: [JSONNode.Member] = [
            .init("SPDXID", .string(id)), .init("name", .string(package.name)),
            .init("versionInfo", .string(package.version)),
            .init("downloadLocation", .string("NOASSERTION")), .init("filesAnalyzed", .bool(false)),
            .init("licenseConcluded", .string("NOASSERTION")),
            .init("licenseDeclared", .string("NOASSERTION")),
        ]
        // What a database calls a licence need not be an expression of SPDX.
        if !package.license.isEmpty {
            members.append(.init("licenseComments", .string("The package states: " + package.license)))
        }
        members.append(.init("copyrightText", .string("NOASSERTION")))
        let reference: JSONNode = [
            "referenceCategory": .string("PACKAGE-MANAGER"), "referenceType": .string("purl"),
            "referenceLocator": .string(package.locator(system)),
        ]
        members.append(.init("externalRefs", .array([reference])))
        return .object(members)
    }

    private static func node(_ file: SoftwareFile, _ id: String) -> JSONNode {
        [
            "SPDXID": .string(id), "fileName": .string("." + file.path),
            "checksums": .array([checksum("SHA1", file.sha1), checksum("SHA256", file.sha256)]),
            "licenseConcluded": .string("NOASSERTION"), "copyrightText": .string("NOASSERTION"),
        ]
    }

    private static func checksum(_ algorithm: String, _ digits: String) -> JSONNode {
        ["algorithm": .string(algorithm), "checksumValue": .string(digits)]
    }

    /// The paths of the files in a document; none where it is no document of this kind.
    public static func paths(in document: [UInt8]) -> [String] {
        let limits = JSON.Limits(depth: 16, bytes: limitBytes)
        guard let json = try? JSON.parse(document, limits: limits), let files = json["files"] else {
            return []
        }
        return files.elements.compactMap { file in
            guard let name = file["fileName"], let path = name.string, path.hasPrefix("./"), !name.hasNUL
            else { return nil }
            return String(path.dropFirst())
        }
    }
}
