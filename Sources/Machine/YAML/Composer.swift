import JSON

/// Makes trees of a parser's events, within limits.
struct Composer {
    private let events: EventReader
    private let limits: YAMLLimits
    private var anchors: [String: (node: JSONNode, weight: Weight)] = [:]
    private var total = Weight()

    /// How many values there are in something, and bytes of scalars.
    private struct Weight {
        var nodes = 0
        var text = 0
    }

    init(_ events: EventReader, _ limits: YAMLLimits) {
        self.events = events
        self.limits = limits
    }

    mutating func documents() throws(YAMLError) -> [JSONNode] {
        var found: [JSONNode] = []
        while true {
            switch try events.next() {
            case .streamEnd: return found
            case .documentStart:
                guard found.count < limits.documents else {
                    throw events.wrong("there are more than \(limits.documents) documents")
                }
                anchors = [:]
                found.append(try node(try events.next(), depth: 0))
                guard case .documentEnd = try events.next() else {
                    throw events.wrong("the document does not end")
                }
            default: throw events.wrong("the text is no YAML")
            }
        }
    }

    private mutating func count(nodes: Int, text: Int) throws(YAMLError) {
        total.nodes += nodes
        total.text += text
        guard total.nodes <= limits.nodes else {
            throw events.wrong("there are more than \(limits.nodes) values, those of aliases included")
        }
        guard total.text <= limits.text else {
            throw events.wrong("there are more than \(limits.text) bytes of text, those of aliases included")
        }
    }

    private mutating func node(_ event: Event, depth: Int) throws(YAMLError) -> JSONNode {
        guard depth < limits.depth else {
            throw events.wrong("values lie deeper than \(limits.depth) levels")
        }
        let before = total
        switch event {
        case .alias(let name):
            guard let (node, weight) = anchors[name] else { throw events.wrong("there is no anchor \(name)") }
            try count(nodes: weight.nodes, text: weight.text)
            return node
        case .scalar(let scalar):
            try count(nodes: 1, text: scalar.text.utf8.count)
            let node = try value(of: scalar)
            keep(node, scalar.anchor, since: before)
            return node
        case .sequenceStart(let anchor, let tag):
            try refuse(tag, but: "tag:yaml.org,2002:seq")
            try count(nodes: 1, text: 0)
            var elements: [JSONNode] = []
            while true {
                let event = try events.next()
                if case .sequenceEnd = event { break }
                elements.append(try node(event, depth: depth + 1))
            }
            keep(.array(elements), anchor, since: before)
            return .array(elements)
        case .mappingStart(let anchor, let tag):
            try refuse(tag, but: "tag:yaml.org,2002:map")
            try count(nodes: 1, text: 0)
            let node = JSONNode.object(try members(depth: depth))
            keep(node, anchor, since: before)
            return node
        default: throw events.wrong("a value is missing")
        }
    }

    private mutating func keep(_ node: JSONNode, _ anchor: String?, since before: Weight) {
        guard let anchor else { return }
        let weight = Weight(nodes: total.nodes - before.nodes, text: total.text - before.text)
        anchors[anchor] = (node, weight)
    }

    private mutating func members(depth: Int) throws(YAMLError) -> [JSONNode.Member] {
        var members: [JSONNode.Member] = []
        var merged: [JSONNode.Member] = []
        var seen: Set<String> = []
        while true {
            let event = try events.next()
            if case .mappingEnd = event { break }
            guard case .scalar(let key) = event else {
                throw events.wrong("a key is neither a string nor a number")
            }
            try count(nodes: 1, text: key.text.utf8.count)
            let value = try node(try events.next(), depth: depth + 1)
            if key.isPlain, key.text == "<<" {
                merged += try parts(of: value)
                continue
            }
            guard seen.insert(key.text).inserted else {
                throw events.wrong("the key \"\(key.text)\" stands there twice")
            }
            members.append(.init(key.text, value))
        }
        for member in merged where seen.insert(member.key).inserted { members.append(member) }
        return members
    }

    /// What `<<` brings in: a mapping, or several, of which the first that has a key holds.
    private func parts(of value: JSONNode) throws(YAMLError) -> [JSONNode.Member] {
        if case .object(let members) = value { return members }
        guard case .array(let elements) = value else { throw events.wrong("<< takes mappings alone") }
        var found: [JSONNode.Member] = []
        for element in elements {
            guard case .object(let members) = element else { throw events.wrong("<< takes mappings alone") }
            found += members
        }
        return found
    }

    private func refuse(_ tag: String?, but allowed: String) throws(YAMLError) {
        guard let tag, tag != allowed, tag != "!" else { return }
        throw events.wrong("the tag \(tag) is not taken")
    }

    private func value(of scalar: Event.Scalar) throws(YAMLError) -> JSONNode {
        let text = scalar.text
        switch scalar.tag {
        case nil: return scalar.isPlain ? ScalarWords.value(text) : .string(text)
        case "!", "tag:yaml.org,2002:str": return .string(text)
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool",
            "tag:yaml.org,2002:null":
            let value = ScalarWords.value(text)
            if case .string = value { throw events.wrong("\"\(text)\" is not what its tag says") }
            return value
        case let tag?: throw events.wrong("the tag \(tag) is not taken")
        }
    }
}
