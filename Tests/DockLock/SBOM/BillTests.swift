import JSON
import SBOM
import Testing

@Suite struct BillTests {
    @Test func packagesOfDpkgAreRead() {
        let status = """
            Package: dash
            Status: install ok installed
            Maintainer: Somebody <a@b.c>
            Architecture: amd64
            Version: 1:0.5.12-2+b1
            Description: a shell
             Package: not-this
             .
             more

            Package: gone
            Status: deinstall ok config-files
            Version: 1

            Version: 2

            Package: last
            Version: 3
            """
        #expect(
            PackageDatabase.dpkg(Array(status.utf8)) == [
                SoftwarePackage(.deb, name: "dash", version: "1:0.5.12-2+b1", architecture: "amd64"),
                SoftwarePackage(.deb, name: "last", version: "3"),
            ])
    }

    @Test func packagesOfApkAreRead() {
        let installed = "C:Q1x=\nP:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\nF:lib\nR:ld.so\n\nP:no-version\n\n"
        #expect(
            PackageDatabase.apk(Array(installed.utf8)) == [
                SoftwarePackage(
                    .apk, name: "musl", version: "1.2.4-r2", architecture: "x86_64", license: "MIT")
            ])
    }

    @Test func systemsAreRead() {
        let system = OperatingSystem(Array("NAME=\"X\"\nID=debian\nVERSION_ID=\"12\"\n".utf8))
        #expect(system.id == "debian" && system.version == "12")
        #expect(OperatingSystem([]) == OperatingSystem())
    }

    @Test func documentsSayWhatIsThere() throws {
        let digest = String(repeating: "ab", count: 32)
        var bill = BillOfMaterials(name: "a:1", digest: digest, created: "2024-01-02T03:04:05Z", tool: "t-1")
        bill.system = OperatingSystem(Array("ID=debian\nVERSION_ID=12\n".utf8))
        bill.packages = [
            SoftwarePackage(
                .deb, name: "g++", version: "4:12.2.0-3", architecture: "amd64", license: "GPL, odd")
        ]
        bill.files = [
            SoftwareFile(path: "/bin/x y", sha1: "11", sha256: "22"),
            SoftwareFile(path: "/é\"", sha1: "33", sha256: "44"),
        ]
        let bytes = bill.encoded()
        #expect(bytes == bill.encoded())
        let json = try JSON.parse(bytes)
        #expect(json["spdxVersion"]?.string == "SPDX-2.3" && json["dataLicense"]?.string == "CC0-1.0")
        #expect(json["documentNamespace"]?.string == "https://spdx.org/spdxdocs/docklock-" + digest)
        let packages = try #require(json["packages"]).elements.map { $0 }
        #expect(packages.map { $0["name"]?.string } == ["a:1", "g++"])
        let reference = packages[1]["externalRefs"]?.elements.map { $0 }.first
        #expect(
            reference?["referenceLocator"]?.string
                == "pkg:deb/debian/g%2B%2B@4%3A12.2.0-3?arch=amd64&distro=debian-12")
        // Every id is used once, and every relationship is between ids that there are.
        let files = try #require(json["files"]).elements.map { $0 }
        let ids = (packages + files).compactMap { $0["SPDXID"]?.string } + ["SPDXRef-DOCUMENT"]
        #expect(Set(ids).count == ids.count && ids.count == 5)
        for relationship in try #require(json["relationships"]).elements {
            #expect(ids.contains(relationship["spdxElementId"]?.string ?? ""))
            #expect(ids.contains(relationship["relatedSpdxElement"]?.string ?? ""))
        }
        #expect(BillOfMaterials.paths(in: bytes) == ["/bin/x y", "/é\""])
        #expect(BillOfMaterials.paths(in: Array("{\"files\":[{\"fileName\":\"x\"},3]}".utf8)) == [])
    }
}
