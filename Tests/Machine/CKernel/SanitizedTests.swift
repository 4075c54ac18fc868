import Foundation
import Testing

/// The walker's own functions, run in a program of their own that address and undefined-behaviour sanitizers
/// watch: Tests/CKernelDriver.
@Suite(.enabled(if: getuid() == 0, "the walker's work needs root"))
struct SanitizedTests {
    static let top: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return folder.path
    }()

    /// The program, built once a run of tests; its folder goes with the last reference.
    static let driver = Result { try Driver() }

    static let names = [
        "is_made", "stays_beneath_the_root", "dangling_link_is_followed", "loop_ends", "chain_is_bounded",
        "links_are_refused_where_asked", "long_paths_are_refused", "other_kinds_are_named",
        "parent_is_opened", "racing_link_never_leads_out", "everything_is_copied", "many_names_are_copied",
        "depth_is_bounded", "name_in_the_way_is_an_error", "program_is_found", "home_is_read",
        "odd_passwd_is_survived", "programs_end_as_they_do", "walker_refuses_strangers",
        "descriptors_travel", "unasked_descriptors_are_closed", "end_is_told",
    ]

    @Test(arguments: names)
    func passes(_ name: String) throws {
        let driver = try Self.driver.get()
        let folder = try Scratch()
        let result = try run(driver.program, [name, folder.path])
        #expect(result.status == 0, "\(result.output)")
    }

    @Test func allAreNamedHere() throws {
        let result = try run(try Self.driver.get().program, ["list"])
        #expect(result.output.split(separator: "\n").map(String.init) == Self.names)
    }
}

/// The driver, compiled with the sanitizers.
final class Driver: Sendable {
    let folder: Scratch
    var program: String { folder.path + "/driver" }

    init() throws {
        folder = try Scratch()
        let room = SanitizedTests.top + "/Sources/Machine/CKernel"
        let own = SanitizedTests.top + "/Tests/CKernelDriver"
        let sources = try [room, own].flatMap { place in
            try FileManager.default.contentsOfDirectory(atPath: place).filter { $0.hasSuffix(".c") }
                .map { place + "/" + $0 }
        }
        let flags = [
            "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wall", "-Wextra",
            "-Werror", "-D_GNU_SOURCE", "-fno-strict-aliasing", "-I", room + "/include", "-I", room,
        ]
        let result = try run("/usr/bin/gcc", flags + ["-o", folder.path + "/driver"] + sources)
        guard result.status == 0 else { throw Failure(description: result.output) }
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
}

/// A folder of a test's own, gone with it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "docklock-ckernel-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Runs a program to its end; what it writes to either stream comes back as one text.
func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    var pipe: [Int32] = [-1, -1]
    try #require(pipe2(&pipe, O_CLOEXEC) == 0)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for number in [Int32(1), 2] { posix_spawn_file_actions_adddup2(&actions, pipe[1], number) }
    let environment = ["PATH=/usr/bin:/bin", "ASAN_OPTIONS=detect_leaks=0", "TMPDIR=/tmp"]
    var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var pid: Int32 = 0
    // Not Foundation's Process: it waits for a socket to close, which a child of another test may hold open.
    let code = posix_spawn(&pid, program, &actions, nil, &argv, &envp)
    close(pipe[1])
    defer { close(pipe[0]) }
    try #require(code == 0, "\(program) cannot be run: error \(code)")
    var output: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(pipe[0], &room, room.count)
        if count > 0 { output += room[..<count] }
        if count == 0 || (count < 0 && errno != EINTR) { break }
    }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 { try #require(errno == EINTR) }
    return (status & 0x7F == 0 ? status >> 8 & 0xFF : -1, String(decoding: output, as: UTF8.self))
}
