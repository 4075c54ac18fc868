import Images
import Kernel
import Verbs

/// Where everything of a user's containers lies.
public struct Places: Sendable {
    /// DATA: images, layers, containers, names, networks, volumes.
    public var data: String
    /// `--root` of the OCI verbs.
    public var stateRoot: String
    /// Where each keeper has its socket.
    public var socketRoot: String

    public init(data: String? = nil, stateRoot: String? = nil) {
        self.data = data ?? ImageStore.standardData()
        let run = Host.environment("XDG_RUNTIME_DIR")
        self.stateRoot =
            stateRoot ?? Globals().stateRoot(isRoot: Host.uid == 0, runtimeDirectory: run)
        // Beside the states, so that two roots never share a keeper's socket.
        socketRoot = self.stateRoot + "-keeper"
    }

    var containers: String { data + "/containers" }
    var names: String { data + "/names" }
    var volumes: String { data + "/volumes" }
    var events: String { data + "/events.jsonl" }

    func prepare() throws {
        try ImageStore(data).prepare()
        // Programs of other users walk through to what a container binds; nobody else lists.
        for folder in [containers, volumes] { try Files.makeDirectory(folder, mode: 0o711) }
        try Files.makeDirectory(names, mode: 0o700)
    }
}
