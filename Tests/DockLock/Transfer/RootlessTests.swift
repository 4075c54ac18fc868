import Images
import Kernel
import Testing

/// The program as a user without privileges runs it.
@Suite struct RootlessTests {
    /// Runs a script as a user of number 54321, who may walk into the folder; with a range of ids where
    /// `range` says so, of which only this script's mount namespace knows.
    private func run(_ scratch: Scratch, range: Bool, _ script: String) throws -> String {
        try scratch.sh(
            """
            chmod 755 . && mkdir -p home && chown 54321:54321 home && cp \(try Scratch.program()) cli
            echo 54321:700000:65536 >ranges && : >none
            { cat /etc/passwd; echo user54321:x:54321:54321::/:/bin/sh; } >passwd
            cat >script <<'END'
            set -e
            cli() { ./cli "$@"; }
            \(script)
            END
            unshare -m sh -ec '
            touch /etc/subuid /etc/subgid
            mount --bind passwd /etc/passwd
            for file in subuid subgid; do mount --bind \(range ? "ranges" : "none") /etc/$file; done
            HOME=$PWD/home setpriv --reuid=54321 --regid=54321 --clear-groups --inh-caps=-all bash script'
            """)
    }

    @Test(arguments: [true, false])
    func aUserKeepsImagesOfHisOwn(_ range: Bool) throws {
        let scratch = try Scratch()
        try scratch.makeTree()
        // A device cannot be made; without a range neither can what is not root's.
        try scratch.sh(
            "rm tree/var/null && \(range ? "true" : "chown -R 0:0 tree") && tar -C tree -cf tree.tar .")
        let text = try run(
            scratch, range: range,
            """
            cli import tree.tar app:1 >/dev/null
            cli images --format '{{.Repository}}:{{.Tag}}'
            cli save app:1 >home/saved.tar
            """)
        #expect(text == "app:1\n")
        let data = scratch.folder + "/home/.local/share/docklock"
        let layer = try #require(Files.list(data + "/layers").first { $0.hasSuffix(".json") }).dropLast(5)
        let owner = try scratch.sh("stat -c %u:%g \(data)/layers/\(layer)/etc/conf").dropLast()
        #expect(owner == (range ? "700011:700033" : "54321:54321"))
        #expect(
            try run(
                scratch, range: range, "cli rmi app:1 | head -n 1; find \(data)/layers -mindepth 1 -type d")
                == "Untagged: app:1\n")
    }

    @Test func whatIsNotRootsNeedsARange() throws {
        let scratch = try Scratch()
        try scratch.makeTree()
        try scratch.sh("rm tree/var/null && tar -C tree -cf tree.tar .")
        let text = try run(scratch, range: false, "cli import tree.tar app:1 && exit 1; cli images -q")
        #expect(text.contains("etc/conf") && text.contains("invalid argument"))
    }
}
