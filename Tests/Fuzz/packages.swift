// rooms: SBOM JSON
import JSON
import SBOM

/// The input is a package manager's database, an /etc/os-release, or a list of an image's contents. What is
/// made of it can be read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPackages(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    var bill = BillOfMaterials(name: "x", digest: "00", created: "2024-01-02T03:04:05Z", tool: "t")
    bill.system = OperatingSystem(input)
    bill.packages = PackageDatabase.dpkg(input) + PackageDatabase.apk(input)
    for package in bill.packages { precondition(!package.name.isEmpty && !package.version.isEmpty) }
    bill.files = BillOfMaterials.paths(in: input).map { SoftwareFile(path: $0, sha1: "1", sha256: "2") }
    let document = bill.encoded()
    precondition((try? JSON.parse(document)) != nil)
    precondition(BillOfMaterials.paths(in: document) == bill.files.map(\.path))
    return 0
}
