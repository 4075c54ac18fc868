import Kernel

/// The static program, which handed over to this one.
enum Sibling {
    static func path() throws -> String {
        let folder = try Files.link("/proc/self/exe").split(separator: "/").dropLast().map { "/" + $0 }
            .joined()
        for place in [folder + "/docklock", folder + "/../../bin/docklock"] where Files.exists(place) {
            return try Files.realPath(place)
        }
        throw Failure(description: "there is no program docklock beside \(folder)", status: 125)
    }
}
