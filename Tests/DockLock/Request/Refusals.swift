import Testing
import Verbs

@testable import Request

/// What is refused, and in which words: they name the flag, and what is wrong with its value.
@Suite struct Refusals {
    @Test(arguments: [
        ("run", "run needs IMAGE [COMMAND [ARGUMENT...]]"),
        ("run --rm", "run needs IMAGE [COMMAND [ARGUMENT...]]"),
        ("run ''", "run: an operand is empty"),
        ("rnu box", "there is no verb \"rnu\"; did you mean run?"),
        ("run --memry 5m box", "run has no flag --memry; did you mean --memory?"),
        ("run --interactiv box", "run has no flag --interactiv; did you mean --interactive?"),
        ("run --policy p box", "run has no flag --policy"),
        ("run -z box", "run has no flag -z"),
        ("run -itz box", "run has no flag -itz"),
        ("run --name", "--name: its value is missing (NAME)"),
        ("run -d=5 box", "-d: \"5\" is neither true nor false"),
        ("run --name -a box", "--name: \"-a\" is not a name"),
        ("run --gpus all box", "--gpus: is not supported here: give the devices by --device"),
        ("run --gpus=all box", "--gpus: is not supported here"),
        ("run --runtime runc box", "--runtime: is not supported here"),
        ("run -e =x box", "-e: \"=x\" has no name"),
        ("run -m 5m box", "-m: \"5m\" is less than 6m"),
        ("run -m 5x box", "-m: \"5x\" is neither a size"),
        ("run --memory-swap 7m box", "--memory-swap needs --memory"),
        ("run -m 10m --memory-swap 7m box", "--memory-swap is less than --memory"),
        ("run -m 10m --memory-reservation 11m box", "--memory-reservation is more than --memory"),
        (
            "run --memory-swappiness 101 box",
            "--memory-swappiness: \"101\" is not a whole number from -1 to 100"
        ),
        ("run --cpus x box", "--cpus: \"x\" is not a number of CPUs"),
        ("run --cpus 1 --cpu-quota 5000 box", "--cpus excludes --cpu-quota"),
        ("run --cpuset-cpus 3-1 box", "--cpuset-cpus: \"3-1\" runs backwards"),
        ("run --blkio-weight 9 box", "--blkio-weight: 9 is not in 10...1000"),
        (
            "run --device-read-bps sda:5 box",
            "--device-read-bps: \"sda:5\" is not of the form /dev/NAME:AMOUNT"
        ),
        (
            "run --oom-score-adj 2000 box",
            "--oom-score-adj: \"2000\" is not a whole number from -1000 to 1000"
        ),
        ("run --rm --restart always box", "--rm and --restart exclude each other"),
        ("run -d -a stdin box", "--detach and --attach exclude each other"),
        ("run --replace box", "--replace needs --name"),
        ("run --restart sometimes box", "--restart: \"sometimes\" is none of no, always"),
        ("run --no-healthcheck --health-cmd x box", "--no-healthcheck excludes the other --health flags"),
        ("run --health-timeout x box", "--health-timeout: \"x\" is not a duration"),
        ("run --stop-signal NO box", "--stop-signal: there is no signal \"NO\""),
        ("run --pull maybe box", "--pull: \"maybe\" is none of always, missing, newer, never"),
        ("run --log-driver journald box", "--log-driver: \"journald\" is none of k8s-file"),
        ("run --log-opt x=y box", "--log-opt: \"x\" is none of max-size"),
        ("run --detach-keys ctrl-1 box", "--detach-keys: \"ctrl-1\" is no key"),
        ("run -a foo box", "-a: \"foo\" is none of stdin, stdout, stderr"),
        (
            "run --cap-add NET_ADMI box",
            "--cap-add: there is no capability \"NET_ADMI\"; did you mean CAP_NET_ADMIN?"
        ),
        ("run --security-opt x=y box", "--security-opt: \"x=y\" is none of no-new-privileges"),
        ("run --sysctl x box", "--sysctl: \"x\" is not of the form NAME=VALUE"),
        ("run --ulimit nofile box", "--ulimit: \"nofile\" is not of the form NAME=SOFT[:HARD]"),
        ("run --ulimit x=1 box", "--ulimit: \"x\" is none of cpu, fsize"),
        ("run --ulimit nofile=2:1 box", "--ulimit: \"nofile=2:1\" has a soft limit above the hard one"),
        ("run --user= box", "--user: the value is empty"),
        ("run -w rel box", "-w: \"rel\" is not an absolute path in the container"),
        ("run --umask 9 box", "--umask: \"9\" is not a mode in octal"),
        ("run --entrypoint '[1]' box", "--entrypoint: [1] is not an array of texts"),
        ("run --pid private:x box", "--pid: \"private:x\" is none of private, host, container:NAME, ns:PATH"),
        ("run --pid container: box", "--pid: \"container:\" names nothing after its colon"),
        ("run --uidmap 0:0:0 box", "--uidmap: \"0\" is not a whole number from 1"),
        ("run --uidmap 4294967294:0:5 box", "--uidmap: \"4294967294:0:5\" reaches beyond the last id"),
        ("run --userns host --uidmap 0:0:1 box", "--uidmap and --gidmap need --userns private"),
        ("run --uts host --hostname a box", "--hostname and --domainname need --uts private"),
    ]) func arguments(line: String, wanted: String) {
        #expect(refusal(line).hasPrefix(wanted), "\(line): \(refusal(line))")
    }

    @Test(arguments: [
        ("-v rel/path:/a", "-v: \"rel/path\" is neither a path"),
        ("-v /a:b", "-v: \"b\" is not an absolute path in the container"),
        ("-v /a:/", "-v: \"/\" is the container's root"),
        ("-v /a:/..", "-v: \"/..\" is the container's root"),
        ("-v /a::ro", "-v: \"/a::ro\" is not of the form"),
        ("-v a:/b:ro:x", "-v: \"a:/b:ro:x\" is not of the form"),
        ("-v a:/b:xx", "-v: \"a:/b:xx\" has the option \"xx\""),
        ("-v a:/b -v c:/b/", "two mounts have the destination /b"),
        ("--tmpfs /a:size=x", "--tmpfs: \"/a:size=x\" has the option \"size=x\""),
        ("--mount type=bind,target=/a", "--mount: the source of a bind mount is missing"),
        ("--mount type=bind,source=/a", "--mount: the target is missing"),
        ("--mount type=npipe,target=/a", "--mount: \"npipe\" is none of bind, volume, tmpfs, image"),
        ("--mount type=bind,src=/a,dst=/b,x", "--mount: \"x\" is no field of a mount of type bind"),
        ("--mount type=bind,src=/a,dst=/b,tmpfs-size=1", "--mount: \"tmpfs-size=1\" is no field"),
        ("--mount type=tmpfs,src=/a,dst=/b", "--mount: a tmpfs has no source"),
        ("--mount 'src=a,dst=/b,\"x'", "--mount: \"src=a,dst=/b,\"x\" has a quote that does not end"),
        ("--mount src=a,dst=/b,volume-subpath=../x", "--mount: \"volume-subpath=../x\" leaves the volume"),
        ("--mount type=bind,src=/a,dst=/b,bind-propagation=x", "--mount: \"bind-propagation=x\" is none of"),
        ("--mount type=bind,src=/a,dst=/b,ro=x", "--mount: \"ro=x\" is neither true nor false"),
        ("--device sda", "--device: \"sda\" is not of the form /dev/NAME[:PATH][:rwm]"),
        ("--device /dev/a:/b:x", "--device: \"/dev/a:/b:x\" is not of the form"),
        ("--device-cgroup-rule 'd 1:1 r'", "--device-cgroup-rule: \"d 1:1 r\" is not of the form"),
        ("--shm-size 0", "--shm-size: the size must be above zero"),
        ("-p 0", "-p: \"0\" is neither a port from 1 to 65535"),
        ("-p 80/xtp", "-p: \"xtp\" is none of tcp, udp, sctp"),
        ("-p 9-8", "-p: \"9-8\" is neither a port"),
        ("-p 1-2:3-5", "-p: \"1-2:3-5\" publishes 3 ports on 2"),
        ("-p 1.2.3:8:9", "-p: \"1.2.3\" is not an IPv4 address"),
        ("-p ::1:8:9", "-p: \"::1:8:9\" has too many colons"),
        ("-p [::1]:9", "-p: \"[::1]:9\" is not of the form"),
        ("-p [x]:8:9", "-p: \"x\" is not an IPv6 address"),
        ("--network slirp4netns", "--network: slirp4netns is not supported here"),
        ("--network host:ip=1.2.3.4", "--network: the network host takes no settings"),
        ("--network a:ip=1", "--network: \"1\" is not an IPv4 address"),
        ("--network a:x=1", "--network: \"x\" is none of alias"),
        ("--network host --ip 1.2.3.4", "--ip, --ip6, --mac-address and --network-alias need a network"),
        ("--network a --network b --ip 1.2.3.4", "--ip, --ip6 and --mac-address mean one network"),
        ("--network host --network a", "--network none, host, container: and ns: stand alone"),
        ("--network container:a -p 80", "--publish is for the container that has the network"),
        ("--network container:a -h x", "--hostname is for the container that has the network"),
        ("--network container:a --dns 1.1.1.1", "--add-host and --dns are for the container"),
        ("--mac-address 01:00:00:00:00:01", "--mac-address: \"01:00:00:00:00:01\" is not a MAC address"),
        ("--add-host a", "--add-host: \"a\" is not of the form NAME:ADDRESS"),
        ("--add-host a:b", "--add-host: \"b\" is not an IP address"),
        ("--add-host 'a b:1.1.1.1'", "--add-host: \"a b\" is not a host name"),
        ("--dns none --dns 1.1.1.1", "--dns none stands alone"),
        ("--dns-option 'a b'", "--dns-option: \"a b\" holds a character"),
        ("--hostname a/b", "--hostname: \"a/b\" is not a host name"),
    ]) func mountsAndNetworks(flags: String, wanted: String) {
        #expect(refusal("run \(flags) box").hasPrefix(wanted), "\(flags): \(refusal("run \(flags) box"))")
    }

    @Test(arguments: [
        ("start", "start needs a name, or --all"), ("start --all a", "start: --all takes no names"),
        ("start -a a b", "start can attach to one container only"), ("stop", "stop needs a name, or --all"),
        ("stop -t x a", "-t: \"x\" is not a whole number"), ("kill -s NO a", "-s: there is no signal \"NO\""),
        ("attach", "attach needs CONTAINER"),
        ("attach a b", "attach takes only CONTAINER; \"b\" is one too many"),
        ("rm", "rm needs a name, or --all"), ("rm -t 5 a", "--time needs --force"),
        ("rm --link a", "--link: is not supported here"), ("wait", "wait needs CONTAINER..."),
        ("wait --condition x a", "--condition: \"x\" is none of running"),
        ("ps a", "ps takes no operands; \"a\" is one too many"), ("ps -f x=y", "-f: \"x\" is none of id"),
        ("ps --filter x", "--filter: \"x\" is not of the form NAME=VALUE"),
        ("ps --sort x", "--sort: \"x\" is none of"),
        ("logs", "logs needs CONTAINER..."), ("logs --since x a", "--since: \"x\" is not a time"),
        ("exec a", "exec needs CONTAINER COMMAND [ARGUMENT...]"), ("exec --rm a b", "exec has no flag --rm"),
        ("cp a b", "cp: neither side names a container"), ("cp a", "cp needs [CONTAINER:]SOURCE"),
        ("rename a b/c", "rename: \"b/c\" is not a name"),
        ("update a", "update: no flag says what to change"),
        ("update -m 10m --memory-swap 7m a", "--memory-swap is less than --memory"),
        ("volume", "volume needs create|ls"), ("volume mk", "volume knows no \"mk\""),
        ("volume crate", "volume knows no \"crate\"; did you mean create?"),
        ("volume create a b", "volume create does not take 2 names"), ("volume rm", "volume rm needs a name"),
        ("volume create a/b", "volume: \"a/b\" is not a name"),
        ("volume create -d x a", "-d: \"x\" is none of local"),
        ("inspect -t x a", "-t: \"x\" is none of container"), ("port", "port needs a name, or --all"),
    ]) func otherVerbs(line: String, wanted: String) {
        #expect(refusal(line).hasPrefix(wanted), "\(line): \(refusal(line))")
    }

    @Test func noNULComesThrough() throws {
        for line in [["run", "-e", "a=\0", "box"], ["run", "box", "a\0"], ["rm", "a\0"]] {
            #expect(throws: UsageError.self) { try UserLine.parse(line) }
        }
    }

    @Test func theStatusIsDockers() {
        #expect(UserLine.refused == 125)
        #expect(UsageError("x", verb: "run").description == "x; see docklock run --help")
    }
}
