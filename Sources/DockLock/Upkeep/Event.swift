import JSON

/// Something that happened to a container: a line of `events`, in docker's words.
public struct Event: Sendable, Equatable {
    /// `start`, `die`, `oom`, `health_status: healthy`, `destroy` ...
    public var action: String
    public var id: String
    public var name: String
    public var image: String
    public var time: Moment
    /// Further attributes of the actor.
    public var attributes: [JSONNode.Member]

    public init(
        _ action: String, id: String, name: String, image: String, time: Moment,
        attributes: [JSONNode.Member] = []
    ) {
        self.action = action
        self.id = id
        self.name = name
        self.image = image
        self.time = time
        self.attributes = attributes
    }

    /// The line, with its newline.
    public var line: [UInt8] {
        let all: [JSONNode.Member] =
            attributes + [.init("image", .string(image)), .init("name", .string(name))]
        let node: JSONNode = [
            "status": .string(action), "id": .string(id), "from": .string(image),
            "Type": .string("container"), "Action": .string(action),
            "Actor": ["ID": .string(id), "Attributes": .object(all)], "scope": .string("local"),
            "time": .int(time.nanoseconds / 1_000_000_000), "timeNano": .int(time.nanoseconds),
        ]
        return node.encoded() + [UInt8(ascii: "\n")]
    }
}
