import Testing

@testable import Verbs

@Suite struct Refusals {
    @Test(arguments: [
        ("", "no verb was given; see docklock --help"),
        ("crate c", "there is no verb \"crate\"; did you mean create?; see docklock --help"),
        ("frobnicate", "there is no verb \"frobnicate\"; see docklock --help"),
        ("foo -h", "No help topic for 'foo'; see docklock --help"),
        ("help foo", "No help topic for 'foo'; see docklock --help"),
        (
            "--rot /r list",
            "there is no flag --rot before the verb; did you mean --root?; see docklock --help"
        ),
        ("--root", "--root: its value is missing (DIR); see docklock --help"),
        ("--root= list", "--root: the directory's name is empty; see docklock --help"),
        ("--log-format=xml list", "--log-format: \"xml\" is none of text, json; see docklock --help"),
        ("--log file: list", "--log: the file's name is missing after file:; see docklock --help"),
        ("create", "create needs the id of a container; see docklock create --help"),
        ("create a b", "create takes only ID; \"b\" is one too many; see docklock create --help"),
        ("list x", "list takes no operands; \"x\" is one too many; see docklock list --help"),
        (
            "create --bundel /b c",
            "create has no flag --bundel; did you mean --bundle?; see docklock create --help"
        ),
        ("create -x c", "create has no flag -x; see docklock create --help"),
        ("create c --bundle", "--bundle: its value is missing (DIR); see docklock create --help"),
        ("create c -b", "-b: its value is missing (DIR); see docklock create --help"),
        ("create --detach c", "create has no flag --detach; see docklock create --help"),
        ("create --no-pivot=2 c", "--no-pivot: \"2\" is neither true nor false; see docklock create --help"),
        ("kill c SIGNONE", "there is no signal \"SIGNONE\"; see docklock kill --help"),
        ("kill c 65", "there is no signal \"65\"; see docklock kill --help"),
        ("kill -r [ 9", "--regex: \"[\": a [ without its ]; see docklock kill --help"),
        ("exec c", "exec needs a command after the id, or --process; see docklock exec --help"),
        ("exec -p f c ls", "exec takes a command or --process, not both; see docklock exec --help"),
        ("exec --env =x c ls", "--env: \"=x\" has no name; see docklock exec --help"),
        (
            "exec --cgroup ../x c ls",
            "--cgroup: ../x is not a sub cgroup path; see docklock exec --help"
        ),
        (
            "exec --cgroup a --cgroup cpu:b c ls",
            "--cgroup: \"a\" names no controller beside others; see docklock exec --help"
        ),
        (
            "update --memory 3q c",
            "--memory: \"3q\" is not a size, such as 67108864, 64M or -1; see docklock update --help"
        ),
        ("update --blkio-weight 5 c", "--blkio-weight: 5 is not in 10...1000; see docklock update --help"),
        (
            "events --interval 0s c",
            "--interval: \"0s\" is not a duration above zero, such as 5s or 1m30s; see docklock events --help"
        ),
        (
            "checkpoint --page-server :27 c",
            "--page-server: \":27\" has no address before the port; see docklock checkpoint --help"
        ),
        (
            "checkpoint --page-server h:0 c",
            "--page-server: \"h:0\" is not of the form ADDRESS:PORT; see docklock checkpoint --help"
        ),
        (
            "checkpoint --empty-ns pid c",
            "--empty-ns: \"pid\" is not network, the only one criu knows; see docklock checkpoint --help"
        ),
        (
            "restore --lsm-profile x c",
            "--lsm-profile: \"x\" is not of the form TYPE:NAME; see docklock restore --help"
        ),
    ]) func namesWhatIsWrong(line: String, text: String) {
        #expect(refusal(line) == text)
    }

    @Test(arguments: ["-1", "4294967296", "root", "1:", ":1", "1:2:3", "+1", ""])
    func usersAreNumbers(user: String) {
        let text = refusal(["exec", "--user", user, "c", "id"])
        #expect(text?.hasPrefix("--user: ") == true, "\(user): \(text ?? "accepted")")
    }

    @Test(arguments: ["-1", "1048577", "x", "4294967296", "99999999999999999999", "1.5"])
    func descriptorsAreCounted(count: String) {
        #expect(refusal(["create", "--preserve-fds", count, "c"])?.hasPrefix("--preserve-fds: ") == true)
    }

    @Test(arguments: ["", ".", "..", "a/b", "../x", "a b", "a\nb", "é", "a:b", "a*"])
    func idsAreNamesOfDirectories(id: String) {
        for verb in [
            "create", "run", "start", "state", "kill", "delete", "pause", "resume", "update", "events",
        ] {
            #expect(refusal([verb, id])?.hasPrefix("\(verb): ") == true, "\(verb) \(id)")
        }
        #expect(refusal(["exec", id, "ls"])?.hasPrefix("exec: ") == true)
    }

    @Test func idsHaveALength() throws {
        let longest = String(repeating: "a", count: 255)
        #expect(try Usage.parse(["state", longest]).verb == .state(id: longest))
        #expect(
            refusal(["state", longest + "a"])
                == "state: the container id is longer than 255 bytes; see docklock state --help")
    }

    @Test(arguments: ["a", "A_b-c.d+e,f", "...", "a..b", "0123"]) func idsOfRuncAreTaken(id: String) throws {
        #expect(try Usage.parse(["state", "--", id]).verb == .state(id: id))
    }

    @Test func idsMayBeginWithADashAfterTwo() throws {
        #expect(try Usage.parse(["state", "--", "-a"]).verb == .state(id: "-a"))
    }
}
