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

    init(_ name: String, _ kind: Kind, _ house: String, uses: [String] = []) {
        self.name = name
        self.kind = kind
        self.house = house
        self.uses = uses
    }

    var path: String { "Sources/\(house)/\(name)" }
}

let rooms = [
    Room("JSON", .ground, "Ground"),

    Room("CKernel", .machine, "Machine"),
    Room("CSeccomp", .machine, "Machine"),
    Room("Kernel", .machine, "Machine", uses: ["CKernel"]),
    Room("Bus", .machine, "Machine", uses: ["Kernel"]),
    Room("Netlink", .machine, "Machine", uses: ["Kernel"]),
    Room("Criu", .machine, "Machine", uses: ["CKernel", "Kernel"]),

    Room("OCI", .rule, "DockLock", uses: ["JSON"]),
    Room("Plan", .rule, "DockLock", uses: ["OCI"]),
    Room("Verbs", .rule, "DockLock", uses: ["OCI"]),
    Room("Report", .rule, "DockLock", uses: ["JSON", "OCI"]),
    Room("Upkeep", .rule, "DockLock", uses: ["JSON"]),

    Room("Filter", .service, "DockLock", uses: ["OCI", "CSeccomp", "Kernel"]),
    Room("Cgroups", .service, "DockLock", uses: ["JSON", "CKernel", "OCI", "Report", "Kernel", "Bus"]),
    Room(
        "Container", .service, "DockLock",
        uses: [
            "JSON", "CKernel", "Kernel", "Netlink", "Criu", "OCI", "Plan", "Verbs", "Report", "Filter",
            "Cgroups",
        ]),
    Room(
        "Keeper", .service, "DockLock", uses: ["JSON", "CKernel", "Kernel", "Verbs", "Upkeep", "Container"]),

    Room(
        "docklock", .program, "Programs",
        uses: ["Kernel", "OCI", "Verbs", "Report", "Container", "Keeper"]),
]

/// Every room has tests, under Tests/<house>/<room>; but programs are driven from outside, and libseccomp's
/// binding is reached through Filter. No look at the disk: SwiftPM keeps what a manifest once said.
func hasTests(_ room: Room) -> Bool { room.kind != .program && room.name != "CSeccomp" }

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
        for use in room.uses {
            guard let used = seen[use] else {
                fatalError("\(room.name) uses \(use), which the map names below it or not at all")
            }
            guard allowed[room.kind]?.contains(used.kind) == true else {
                fatalError("\(room.name) (\(room.kind)) must not use \(use) (\(used.kind))")
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

let swift: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]
let strictC: [CSetting] = [
    .unsafeFlags(["-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-fno-strict-aliasing"])
]

func target(_ room: Room) -> Target {
    let uses = room.uses.map { Target.Dependency(stringLiteral: $0) }
    switch room.kind {
    case .program:
        return .executableTarget(
            name: room.name, dependencies: uses, path: room.path, swiftSettings: swift,
            linkerSettings: [
                .unsafeFlags([
                    "-static-executable", "-use-ld=lld", "-Xlinker", "--gc-sections", "-Xlinker",
                    "--symbol-ordering-file=\(Context.packageDirectory)/hack/order.d/functions", "-Xlinker",
                    "--no-warn-symbol-ordering",
                ])
            ])
    case .machine where room.name == "CSeccomp":
        return .target(
            name: room.name, dependencies: uses, path: room.path, cSettings: strictC,
            linkerSettings: [.linkedLibrary("seccomp")])
    default:
        return .target(
            name: room.name, dependencies: uses, path: room.path, cSettings: strictC, swiftSettings: swift)
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
]

let package = Package(
    name: "docklock",
    products: [.executable(name: "docklock", targets: ["docklock"])],
    targets: rooms.map(target) + tests + [tidy] + blackBox
)
