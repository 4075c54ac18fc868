/// A unit of systemd that starts a vPod at boot, looks after it and ends it: systemd.service(5).
public struct PodUnit: Sendable {
    public var name: String
    public var id: String
    /// The program, absolute.
    public var program: String
    /// Flags before the verb, for where things are.
    public var places: [String]
    /// Where the number of the process is that holds the vPod.
    public var pidFile: String
    /// Directories that must be mounted before.
    public var folders: [String]
    public var restart: PodRestart
    /// Seconds that its containers have to end.
    public var stopTimeout: Int
    /// Seconds that the health checks have to pass at a start; nil to wait for none.
    public var healthTimeout: Int?
    /// Units before which this one does not start, and those that it wants or needs.
    public var after: [String] = []
    public var wants: [String] = []
    public var requires: [String] = []

    public init(
        name: String, id: String, program: String, places: [String], pidFile: String, folders: [String],
        restart: PodRestart, stopTimeout: Int, healthTimeout: Int?
    ) {
        self.name = name
        self.id = id
        self.program = program
        self.places = places
        self.pidFile = pidFile
        self.folders = folders
        self.restart = restart
        self.stopTimeout = stopTimeout
        self.healthTimeout = healthTimeout
    }

    /// The file's name.
    public var file: String { "docklock-vpod-" + name + ".service" }

    /// The file.
    public var text: String {
        let command = ([program] + places).map(PodUnit.quoted).joined(separator: " ") + " vpod "
        let vpod = PodUnit.quoted(name)
        let waits = healthTimeout.map { " --wait \($0)" } ?? ""
        func list(_ key: String, _ words: [String]) -> String {
            words.isEmpty ? "" : key + "=" + words.joined(separator: " ") + "\n"
        }
        let network = "network-online.target"
        return "[Unit]\nDescription=vPod \(PodUnit.escaped(name))\n"
            + list("Wants", [network] + wants) + list("Requires", requires)
            + list("After", [network] + wants + requires + after)
            + list("RequiresMountsFor", folders.map(PodUnit.quoted))
            + "StartLimitIntervalSec=300\nStartLimitBurst=5\n\n[Service]\nType=forking\n"
            + "PIDFile=\(PodUnit.escaped(pidFile))\nDelegate=yes\nKillMode=mixed\nOOMPolicy=continue\n"
            + "Restart=\(restart.rawValue)\nRestartSec=1\n"
            + "TimeoutStartSec=\(max(90, (healthTimeout ?? 0) + 60))\nTimeoutStopSec=\(stopTimeout + 60)\n"
            // What a killed start or a lost power line has left.
            + "ExecStartPre=\(command)stop --ignore -t 0 \(vpod)\n"
            + "ExecStart=\(command)start\(waits) \(vpod)\n"
            + "ExecStop=\(command)stop --ignore \(vpod)\n"
            + "ExecStopPost=\(command)stop --ignore -t 0 \(vpod)\n\n[Install]\nWantedBy=multi-user.target\n"
    }

    /// A word of a command line: systemd knows % and $, quotes and backslashes.
    static func quoted(_ word: String) -> String {
        var text = ""
        var isPlain = !word.isEmpty
        for character in word.unicodeScalars {
            switch character {
            case "%": text += "%%"
            case "$": text += "$$"
            case "\"", "\\":
                text += "\\" + String(character)
                isPlain = false
            case " ", "'", ";":
                text += String(character)
                isPlain = false
            case "\n": text += "\\n"
            default: text += String(character)
            }
        }
        return isPlain ? text : "\"" + text + "\""
    }

    private static func escaped(_ text: String) -> String {
        text.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")
    }
}
