import Images
import Kernel
import Testing
import Transfer

/// `docklock-cli` is killed at a system call that changes something: whatever the moment, every image that is
/// named is whole, the verb succeeds when it is tried again, and a sweep leaves nothing behind.
@Suite struct KillTests {
    static let calls = [
        "openat", "write", "rename", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "fsync", "syncfs",
        "flock", "fchmod", "fchownat", "utimensat",
    ]
    /// How many moments of a verb are tried.
    static let sample = 7

    private static let verbs: [(name: String, prepare: String, verb: String)] = [
        ("import", "true", "import tree.tar app:1"),
        ("import over", "$CLI import other.tar app:1", "import tree.tar app:1"),
        ("load", "true", "load -q -i saved.tar"),
        ("tag", "$CLI import tree.tar app:1", "tag app:1 app:2"),
        ("rmi", "$CLI import tree.tar app:1 && $CLI import other.tar app:2", "rmi app:1"),
        ("prune", "$CLI import tree.tar && $CLI import other.tar app:2", "image prune -af"),
    ]

    @Test(arguments: verbs.map(\.name))
    func aKilledVerbLeavesTheStoreWhole(_ name: String) throws {
        let verb = try #require(Self.verbs.first { $0.name == name })
        let scratch = try Scratch()
        try scratch.makeTree()
        try scratch.makeTree("other")
        let program = try Scratch.program()
        let cli = "\(program) --data-root data"
        try scratch.sh(
            """
            tar -C tree -cf tree.tar . && tar -C other -cf other.tar .
            \(program) --data-root made import tree.tar app:1
            \(program) --data-root made save -o saved.tar app:1
            """)
        let reset = "rm -rf data && CLI='\(cli)' && { \(verb.prepare); } >/dev/null"
        let filter = "trace=" + Self.calls.joined(separator: ",")
        try scratch.sh("\(reset) && strace -o trace -e \(filter) \(cli) \(verb.verb)")
        var counts: [String: Int] = [:]
        var moments: [String] = []
        for line in try Files.text(scratch.folder + "/trace").split(separator: "\n") {
            let call = String(line.prefix { $0 != "(" })
            guard Self.calls.contains(call) else { continue }
            counts[call, default: 0] += 1
            moments.append("\(call):signal=KILL:when=\(counts[call] ?? 1)")
        }
        // What opens the program's own libraries comes first and changes nothing.
        let changing = moments.drop { $0.hasPrefix("openat") }
        #expect(changing.count > 3)
        let stride = max(changing.count / Self.sample, 1)
        for (index, moment) in changing.enumerated() where index % stride == 0 {
            try scratch.sh(
                """
                \(reset)
                (strace -o log -e \(filter) -e inject=\(moment) \(cli) \(verb.verb)) >/dev/null 2>&1 || true
                """)
            for image in try scratch.store.images() {
                let runnable = try scratch.store.runnable(image.id.hex)
                for layer in try scratch.store.manifest(image.manifest.digest).layers {
                    #expect(scratch.store.has(layer.digest), "\(moment)")
                }
                for layer in runnable.layers {
                    #expect(Files.exists(scratch.store.layers + "/\(layer)/etc/conf"), "\(moment)")
                }
            }
            // Tried again it succeeds, or finds that all was done.
            try scratch.sh("\(cli) \(verb.verb) >/dev/null 2>&1 || test '\(name)' = rmi")
            try scratch.sh("\(cli) image prune -af >/dev/null")
            #expect(try scratch.store.images().isEmpty)
            let left = try scratch.sh("find data -type f | sort")
            let kept = ["images.lease", "images.lock", "images/index.json", "images/oci-layout"]
            #expect(left.split(separator: "\n").map { String($0) } == kept.map { "data/" + $0 }, "\(moment)")
        }
    }

    @Test func twoProcessesAtOnceAgree() throws {
        let scratch = try Scratch()
        try scratch.makeTree()
        let cli = "\(try Scratch.program()) --data-root data"
        try scratch.sh(
            """
            tar -C tree -cf tree.tar .
            pids=
            for i in 1 2 3 4 5 6; do
                \(cli) import tree.tar app:$i & pids="$pids $!"
                \(cli) image prune -f & pids="$pids $!"
            done
            for pid in $pids; do wait $pid || exit 1; done
            """)
        let images = try scratch.store.images()
        #expect(images.flatMap(\.references).count == 6)
        for image in images { #expect(try scratch.store.runnable(image.id.hex).layers.count == 1) }
        #expect(try Files.list(scratch.store.layers).filter { $0.hasSuffix(".json") }.count == 1)
    }
}
