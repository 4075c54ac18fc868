// swift-tools-version: 6.2
import PackageDescription

// The map of the house. A room is one line: its name, its kind, its house, the rooms it uses.
// Rooms stand in build order, so an arrow can only point up the page; `refuseWrongArrows`
// below holds each arrow to its kind, and Tests/House/Tidy holds the sources to this table.

enum Kind: String { case ground, machine, rule, service, program }

struct Room {
    let name: String
    let kind: Kind
    let house: String
    let uses: [String]
    /// Whether a program is linked with the system's shared libraries. One that is not is fully static. Other
    /// people's packages are for shared programs, and for rooms that only these use.
    let isShared: Bool

    init(_ name: String, _ kind: Kind, _ house: String, uses: [String] = [], isShared: Bool = false) {
        self.name = name
        self.kind = kind
        self.house = house
        self.uses = uses
        self.isShared = isShared
    }

    var path: String { "Sources/\(house)/\(name)" }
}

let rooms = [
    Room("JSON", .ground, "Ground"),
    Room("Digest", .ground, "Ground"),

    Room("CKernel", .machine, "Machine"),
    Room("CSeccomp", .machine, "Machine"),
    Room("Kernel", .machine, "Machine", uses: ["CKernel"]),
    Room("Bus", .machine, "Machine", uses: ["Kernel"]),
    Room("Netlink", .machine, "Machine", uses: ["Kernel"]),
    Room("Criu", .machine, "Machine", uses: ["CKernel", "Kernel"]),
    Room("CCrypto", .machine, "Machine"),
    Room("Hash", .machine, "Machine", uses: ["Digest", "CCrypto"]),
    Room("CCompress", .machine, "Machine"),
    Room("Compress", .machine, "Machine", uses: ["CCompress"]),
    Room("CTree", .machine, "Machine"),
    Room("CYAML", .machine, "Machine"),
    Room("YAML", .machine, "Machine", uses: ["JSON", "CYAML"]),
    Room("CKeys", .machine, "Machine"),
    Room("Keys", .machine, "Machine", uses: ["CKeys"]),

    Room("OCI", .rule, "DockLock", uses: ["JSON"]),
    Room("Plan", .rule, "DockLock", uses: ["OCI"]),
    Room("Verbs", .rule, "DockLock", uses: ["OCI"]),
    Room("Report", .rule, "DockLock", uses: ["JSON", "OCI"]),
    Room("Manifest", .rule, "DockLock", uses: ["Digest", "JSON"]),
    Room("Format", .rule, "DockLock", uses: ["JSON"]),
    Room("Addressing", .rule, "DockLock"),
    Room("DNS", .rule, "DockLock"),
    Room("Request", .rule, "DockLock", uses: ["JSON", "OCI", "Verbs", "Format"]),
    Room("Manual", .rule, "DockLock", uses: ["JSON", "Verbs", "Request"]),
    Room("Upkeep", .rule, "DockLock", uses: ["JSON", "Format"]),
    Room("Distribution", .rule, "DockLock", uses: ["Digest", "JSON", "Manifest", "Format"]),
    Room("Containerfile", .rule, "DockLock", uses: ["JSON", "Manifest"]),
    Room("SBOM", .rule, "DockLock", uses: ["JSON"]),
    Room("Pod", .rule, "DockLock", uses: ["JSON"]),
    Room("Kube", .rule, "DockLock", uses: ["JSON", "Pod"]),

    Room("Filter", .service, "DockLock", uses: ["OCI", "CSeccomp", "Kernel"]),
    Room("Cgroups", .service, "DockLock", uses: ["JSON", "CKernel", "OCI", "Report", "Kernel", "Bus"]),
    Room("Wiring", .service, "DockLock", uses: ["JSON", "Kernel", "Netlink", "Addressing", "DNS"]),
    Room(
        "Container", .service, "DockLock",
        uses: [
            "JSON", "CKernel", "Kernel", "Netlink", "Criu", "OCI", "Plan", "Verbs", "Report", "Filter",
            "Cgroups",
        ]),
    Room("Images", .service, "DockLock", uses: ["Digest", "JSON", "Kernel", "Hash", "Manifest"]),

    Room("Archive", .rule, "DockLock"),
    Room(
        "Layers", .service, "DockLock",
        uses: ["Digest", "Kernel", "Hash", "Compress", "CTree", "Archive"]),

    Room(
        "Transfer", .service, "DockLock",
        uses: [
            "Digest", "Kernel", "Hash", "Compress", "Manifest", "Archive", "Images", "Layers",
        ]),

    Room(
        "Registry", .service, "DockLock",
        uses: [
            "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL", "Digest", "Kernel", "Hash",
            "Manifest", "Distribution", "Images", "Layers", "Transfer",
        ],
        isShared: true),

    Room(
        "Builder", .service, "DockLock",
        uses: [
            "Digest", "JSON", "Kernel", "Hash", "Compress", "CTree", "Archive", "Manifest", "Format",
            "Containerfile", "SBOM", "Images", "Layers", "Transfer",
        ]),

    Room(
        "Keeper", .service, "DockLock", uses: ["JSON", "CKernel", "Kernel", "Verbs", "Upkeep", "Container"]),

    Room(
        "Vessel", .service, "DockLock",
        uses: [
            "JSON", "CKernel", "Kernel", "CTree", "OCI", "Verbs", "Manifest", "Format", "Addressing",
            "Request", "Upkeep", "Wiring", "Container", "Images", "Archive", "Keeper",
        ]),

    Room(
        "Pods", .service, "DockLock",
        uses: [
            "JSON", "Kernel", "YAML", "Keys", "OCI", "Verbs", "Manifest", "Format", "Upkeep", "Pod", "Kube",
            "Cgroups", "Images", "Transfer",
        ]),

    Room(
        "docklock", .program, "Programs",
        uses: ["Kernel", "OCI", "Verbs", "Report", "Request", "Wiring", "Container", "Keeper", "Vessel"]),
    Room(
        "docklock-cli", .program, "Programs",
        uses: [
            "ArgumentParser", "Builder", "CKernel", "Containerfile", "Digest", "Distribution", "Format",
            "Images", "JSON", "Kernel", "Manifest", "Manual", "Layers", "Registry", "Transfer", "Verbs",
            "Pod",
            "Pods",
        ],
        isShared: true),
]

/// What shared rooms may use of other people's packages.
let packages: [String: Target.Dependency] = [
    "ArgumentParser": .product(name: "ArgumentParser", package: "swift-argument-parser"),
    "AsyncHTTPClient": .product(name: "AsyncHTTPClient", package: "async-http-client"),
    "NIOCore": .product(name: "NIOCore", package: "swift-nio"),
    "NIOHTTP1": .product(name: "NIOHTTP1", package: "swift-nio"),
    "NIOPosix": .product(name: "NIOPosix", package: "swift-nio"),
    "NIOSSL": .product(name: "NIOSSL", package: "swift-nio-ssl"),
]

/// The system's libraries that a room of C binds.
let libraries: [String: [String]] = [
    "CSeccomp": ["seccomp"], "CCrypto": ["crypto"], "CCompress": ["z", "zstd"], "CTree": ["c"],
    "CYAML": ["yaml"], "CKeys": ["crypto"],
]

/// Every room has tests, under Tests/<house>/<room>; but programs are driven from outside, and bindings are
/// reached through the rooms that use them. No look at the disk: SwiftPM keeps what a manifest once said.
func hasTests(_ room: Room) -> Bool { room.kind != .program && libraries[room.name] == nil }

/// Kinds that a room of a kind may use. Rules and services stay within their own house.
let allowed: [Kind: Set<Kind>] = [
    .ground: [.ground],
    .machine: [.machine, .ground],
    .rule: [.rule, .ground],
    .service: [.service, .rule, .machine, .ground],
    .program: [.service, .rule, .machine, .ground],
]

func refuseWrongArrows() {
    var seen: [String: Room] = [:]
    for room in rooms {
        for use in room.uses where !(room.isShared && packages[use] != nil) {
            guard let used = seen[use] else {
                fatalError("\(room.name) uses \(use), which the map names below it or not at all")
            }
            guard allowed[room.kind]?.contains(used.kind) == true else {
                fatalError("\(room.name) (\(room.kind)) must not use \(use) (\(used.kind))")
            }
            guard room.isShared || !used.isShared else {
                fatalError("\(room.name), which is static, must not use \(use), which uses packages")
            }
            let shared = used.kind == .ground || used.kind == .machine || room.kind == .program
            guard shared || used.house == room.house else {
                fatalError("\(room.name) of \(room.house) must not use \(use) of \(used.house)")
            }
        }
        seen[room.name] = room
    }
}
refuseWrongArrows()

let swift: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
    // Types are reached by calling for them, not by reading their names at run time: reading one of a generic
    // type walks every conformance of the program, and that at each start.
    .unsafeFlags(
        ["-Xfrontend", "-disable-concrete-type-metadata-mangled-name-accessors"],
        .when(configuration: .release)),
]
let strictC: [CSetting] = [
    .unsafeFlags(["-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-fno-strict-aliasing"])
]

/// What `--version` calls the commit, where whoever builds says so: hack/prelude does.
let commit = Context.environment["DOCKLOCK_COMMIT"].map { [CSetting.define("DL_COMMIT", to: $0)] } ?? []

func target(_ room: Room) -> Target {
    let uses = room.uses.map { packages[$0] ?? Target.Dependency(stringLiteral: $0) }
    switch room.kind {
    case .program where room.isShared:
        // With the toolchain's libraries in it, so that it runs where there is no toolchain. Those named here
        // are what ArgumentParser's use of Foundation needs and does not name itself.
        return .executableTarget(
            name: room.name, dependencies: uses, path: room.path, swiftSettings: swift,
            linkerSettings: [
                .unsafeFlags([
                    "-static-stdlib", "-use-ld=lld", "-Xlinker", "--gc-sections", "-l_FoundationCollections",
                    "-l_FoundationCShims", "-lswiftSynchronization",
                ])
            ])
    case .program:
        return .executableTarget(
            name: room.name, dependencies: uses, path: room.path, swiftSettings: swift,
            linkerSettings: [
                .unsafeFlags([
                    "-static-executable", "-use-ld=lld", "-Xlinker", "--gc-sections", "-Xlinker",
                    "--symbol-ordering-file=\(Context.packageDirectory)/hack/order.d/symbols", "-Xlinker",
                    "--no-warn-symbol-ordering", "-Xlinker", "--defsym=dl_constants=ADDR(.rodata)",
                    "-Xlinker",
                    "--defsym=dl_constants_end=ADDR(.rodata)+SIZEOF(.rodata)",
                ])
            ])
    default:
        return .target(
            name: room.name, dependencies: uses, path: room.path,
            cSettings: strictC + (room.name == "CKernel" ? commit : []), swiftSettings: swift,
            linkerSettings: (libraries[room.name] ?? []).map { .linkedLibrary($0) })
    }
}

let tests: [Target] = rooms.filter(hasTests).map { room in
    .testTarget(
        name: "\(room.name)Tests", dependencies: [.init(stringLiteral: room.name)],
        path: "Tests/\(room.house)/\(room.name)", cSettings: strictC, swiftSettings: swift)
}

// Holds the sources to the map above.
let tidy = Target.testTarget(name: "TidyTests", path: "Tests/House/Tidy", swiftSettings: swift)

// The black-box suites: they import no room, and drive the built program from outside.
let blackBox: [Target] = [
    .target(name: "CHarness", path: "Tests/CHarness", cSettings: strictC),
    .target(name: "Harness", dependencies: ["CHarness"], path: "Tests/Harness", swiftSettings: swift),
    .testTarget(
        name: "ConformanceTests", dependencies: ["Harness", "CHarness"], path: "Tests/Conformance",
        swiftSettings: swift),
    .testTarget(
        name: "FaultsTests", dependencies: ["Harness", "CHarness"], path: "Tests/Faults", swiftSettings: swift
    ),
    .testTarget(
        name: "PeopleTests", dependencies: ["Harness", "CHarness"], path: "Tests/People", swiftSettings: swift
    ),
]

let package = Package(
    name: "docklock",
    products: rooms.filter { $0.kind == .program }.map { .executable(name: $0.name, targets: [$0.name]) },
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    ],
    targets: rooms.map(target) + tests + [tidy] + blackBox
)
