/// The databases of package managers. They are an image's own, and so anybody's: what makes no sense in one
/// is passed over, and no more than `limit` packages are read.
public enum PackageDatabase {
    public static let limit = 100_000

    /// Packages of dpkg that are installed: /var/lib/dpkg/status, or a file of status.d, where images
    /// without dpkg keep a paragraph a package (deb-control(5), dpkg(1)).
    public static func dpkg(_ bytes: [UInt8]) -> [SoftwarePackage] {
        var packages: [SoftwarePackage] = []
        paragraphs(bytes) { fields in
            guard let name = fields["Package"], let version = fields["Version"] else { return }
            if let status = fields["Status"], !status.hasSuffix(" installed") { return }
            packages.append(
                SoftwarePackage(
                    .deb, name: name, version: version, architecture: fields["Architecture"] ?? ""))
        }
        return packages
    }

    /// Packages of apk: /lib/apk/db/installed, whose fields have one letter.
    public static func apk(_ bytes: [UInt8]) -> [SoftwarePackage] {
        var packages: [SoftwarePackage] = []
        paragraphs(bytes) { fields in
            guard let name = fields["P"], let version = fields["V"] else { return }
            packages.append(
                SoftwarePackage(
                    .apk, name: name, version: version, architecture: fields["A"] ?? "",
                    license: fields["L"] ?? ""))
        }
        return packages
    }

    private static let wanted: Set<String> = [
        "Package", "Version", "Status", "Architecture", "P", "V", "A", "L",
    ]

    /// Gives the fields of each paragraph that say what a package is; their first lines alone.
    private static func paragraphs(_ bytes: [UInt8], _ take: ([String: String]) -> Void) {
        var fields: [String: String] = [:]
        var count = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if line.isEmpty {
                if !fields.isEmpty {
                    take(fields)
                    count += 1
                    if count == limit { return }
                }
                fields = [:]
                continue
            }
            guard line.first != 0x20, line.first != 0x09, let colon = line.firstIndex(of: UInt8(ascii: ":")),
                colon - line.startIndex < 16
            else { continue }
            let name = String(decoding: line[..<colon], as: UTF8.self)
            guard wanted.contains(name), fields[name] == nil else { continue }
            let value = line[(colon + 1)...].prefix(1024).drop { $0 == 0x20 || $0 == 0x09 }
            let text = String(decoding: value, as: UTF8.self)
            if !text.isEmpty, !text.unicodeScalars.contains(where: { $0.value < 0x20 }) {
                fields[name] = text
            }
        }
        if !fields.isEmpty { take(fields) }
    }
}
