import OCI
import Verbs

// The flags of `run` and `create`: the process, its files, its network.

let processFlags: [Flag] = [
    Flag("entrypoint", takes: "COMMAND", "instead of the image's; empty for none") {
        draft, value throws(Wrong) in
        draft.container.entrypoint = try words(value)
    },
    Flag("env", short: "e", takes: "NAME[=VALUE]", "a variable, given or yours; may be repeated") {
        draft, value throws(Wrong) in
        draft.container.environment.append(try environmentEntry(value))
    },
    Flag("env-file", takes: "FILE", "a file of variables, one a line") { draft, value throws(Wrong) in
        draft.container.environmentFiles.append(try nonEmpty(value))
    },
    Flag("env-host", help: "all of your variables") { $0.container.inheritsEnvironment = $1 },
    Flag("unsetenv", takes: "NAME", "without that variable of the image; may be repeated") {
        draft, value throws(Wrong) in
        draft.container.unset.append(try nonEmpty(value))
    },
    Flag("unsetenv-all", help: "without all variables of the image") { $0.container.unsetsAll = $1 },
    Flag("workdir", short: "w", takes: "DIR", "its working directory") { draft, value throws(Wrong) in
        guard value.utf8.first == slash else {
            throw Wrong("\"\(value)\" is not an absolute path in the container")
        }
        draft.container.workingDirectory = cleaned(value)
    },
    Flag("user", short: "u", takes: "USER[:GROUP]", "names or numbers") { draft, value throws(Wrong) in
        draft.container.user = try nonEmpty(value)
    },
    Flag("group-add", takes: "GROUP", "a group more; may be repeated") { draft, value throws(Wrong) in
        draft.container.groups += listed(try nonEmpty(value))
    },
    Flag("init", help: "run a small init that passes signals on and reaps") { $0.container.hasInit = $1 },
    Flag("umask", takes: "MODE", "its umask, in octal (0022)") { draft, value throws(Wrong) in
        guard let mode = UInt32(value, radix: 8), mode <= 0o777 else {
            throw Wrong("\"\(value)\" is not a mode in octal, such as 0022")
        }
        draft.container.umask = mode
    },
    Flag("ulimit", takes: "NAME=SOFT[:HARD]", "a limit, such as nofile=1024:4096; may be repeated") {
        draft, value throws(Wrong) in
        let limit = try resourceLimit(value)
        draft.container.limits.removeAll { $0.resource == limit.resource }
        draft.container.limits.append(limit)
    },
    Flag("oom-score-adj", takes: "N", "-1000 to 1000: who is killed when memory runs out") {
        draft, value throws(Wrong) in
        draft.container.oomScoreAdjustment = try number(value, -1000...1000)
    },
    Flag("personality", takes: "NAME", "LINUX or LINUX32") { draft, value throws(Wrong) in
        guard value == "LINUX" || value == "LINUX32" else { throw noneOf("LINUX, LINUX32", value) }
        draft.container.personality = value
    },
    Flag("tz", takes: "ZONE", "its time zone, such as Europe/Rome, or local") { draft, value throws(Wrong) in
        if parts(value, at: slash).contains("..") || value.utf8.first == slash || value.isEmpty {
            throw Wrong("\"\(value)\" is not a time zone")
        }
        draft.container.timeZone = value
    },
]

let fileFlags: [Flag] = [
    Flag("volume", short: "v", takes: "[SOURCE:]PATH[:OPTIONS]", "a volume or a path of yours") {
        draft, value throws(Wrong) in
        draft.container.mounts.append(try volumeMount(value))
    },
    Flag("mount", takes: "type=TYPE,source=SOURCE,target=PATH", "a bind mount, volume, tmpfs or image") {
        draft, value throws(Wrong) in
        draft.container.mounts.append(try wordedMount(value))
    },
    Flag("tmpfs", takes: "PATH[:OPTIONS]", "a filesystem in memory") { draft, value throws(Wrong) in
        draft.container.mounts.append(try temporaryMount(value))
    },
    Flag("volumes-from", takes: "CONTAINER[:ro]", "the volumes of another container") {
        draft, value throws(Wrong) in
        let (container, word) = split(value, at: colon)
        guard word == nil || word == "ro" || word == "rw" || word == "z" else {
            throw Wrong("\"\(value)\" is not of the form CONTAINER[:ro|rw]")
        }
        let from = VolumesFrom(container: try nonEmpty(container), isReadOnly: word == "ro")
        draft.container.volumesFrom.append(from)
    },
    Flag("read-only", help: "its root cannot be written to") { $0.container.isReadOnly = $1 },
    Flag("read-only-tmpfs", help: "then with tmpfs on /run, /tmp and /var/tmp (true)") {
        $0.container.hasScratch = $1
    },
    Flag("shm-size", takes: "SIZE", "size of /dev/shm (64m)") { draft, value throws(Wrong) in
        let bytes = try size(value)
        if bytes == 0 { throw Wrong("the size must be above zero") }
        draft.container.sharedMemory = bytes
    },
    Flag("device", takes: "PATH[:PATH][:rwm]", "a device of the host's; may be repeated") {
        draft, value throws(Wrong) in
        draft.container.devices.append(try deviceRequest(value))
    },
    Flag("device-cgroup-rule", takes: "RULE", "devices it may use, such as c 42:* rmw") {
        draft, value throws(Wrong) in
        draft.container.deviceRules.append(try deviceRule(value))
    },
]

let networkFlags: [Flag] = [
    Flag("network", alias: "net", takes: "NETWORK", "bridge, none, host, container:NAME or a name") {
        draft, value throws(Wrong) in
        draft.container.networks.append(try networkRequest(value))
    },
    Flag("network-alias", alias: "net-alias", takes: "NAME", "another name for it there; may be repeated") {
        draft, value throws(Wrong) in
        draft.aliases += try listed(value).map { word throws(Wrong) in try name(word) }
    },
    Flag("ip", takes: "ADDRESS", "its IPv4 address") { draft, value throws(Wrong) in
        draft.address.ip = try address4(value)
    },
    Flag("ip6", takes: "ADDRESS", "its IPv6 address") { draft, value throws(Wrong) in
        draft.address.ip6 = try address6(value)
    },
    Flag("mac-address", takes: "ADDRESS", "its MAC address") { draft, value throws(Wrong) in
        draft.address.mac = try macAddress(value)
    },
    Flag("publish", short: "p", takes: "[[IP:]PORT:]PORT[/udp]", "a port of the host for one of it") {
        draft, value throws(Wrong) in
        for word in listed(value) { draft.container.ports += try publications(word) }
    },
    Flag("publish-all", short: "P", help: "free ports of the host for all that are exposed") {
        $0.container.publishesAll = $1
    },
    Flag("expose", takes: "PORT[-PORT][/udp]", "a port that it listens on") { draft, value throws(Wrong) in
        for word in listed(value) { draft.container.exposed += try exposedPorts(word) }
    },
    Flag("hostname", short: "h", takes: "NAME", "its host name (its id)") { draft, value throws(Wrong) in
        draft.container.hostname = try hostname(value)
    },
    Flag("domainname", takes: "NAME", "its NIS domain name") { draft, value throws(Wrong) in
        draft.container.domainname = try hostname(value)
    },
    Flag("add-host", takes: "NAME:ADDRESS", "a line of /etc/hosts; may be repeated") {
        draft, value throws(Wrong) in
        draft.container.hosts += try hostEntries(value)
    },
    Flag("no-hosts", help: "keep the image's /etc/hosts") { $0.container.hasHosts = !$1 },
    Flag("dns", takes: "ADDRESS", "a name server; none for the image's; may be repeated") {
        draft, value throws(Wrong) in
        draft.container.dns += try listed(value).map { word throws(Wrong) in
            word == "none" ? word : try anyAddress(word)
        }
    },
    Flag("dns-search", takes: "DOMAIN", "a domain to search; . for none") { draft, value throws(Wrong) in
        draft.container.dnsSearch += try listed(value).map { word throws(Wrong) in
            word == "." ? word : try resolverWord(word)
        }
    },
    Flag("dns-option", alias: "dns-opt", takes: "OPTION", "an option of resolv.conf") {
        draft, value throws(Wrong) in
        draft.container.dnsOptions += try listed(value).map { word throws(Wrong) in try resolverWord(word) }
    },
]

/// A word that is safe in a line of resolv.conf.
private func resolverWord(_ text: String) throws(Wrong) -> String {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x23 && $0 != 0x3B }) else {
        throw Wrong("\"\(text)\" holds a character that resolv.conf cannot")
    }
    return text
}
