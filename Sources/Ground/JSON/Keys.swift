/// A member's name: the hash of its unescaped text, and its node.
struct Key {
    var hash: UInt32
    var node: UInt32
}

/// Refuses members that are given twice: readers disagree on which of the two counts.
extension Parser {
    func hash(_ node: Node) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        if node.isEscaped {
            for byte in Escapes.resolve(source, node.range) { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        } else {
            for place in node.range { hash = (hash ^ UInt32(source[place])) &* 16_777_619 }
        }
        return hash
    }

    /// Looks at the keys of the object that ends here. Small objects are compared pair by pair; large
    /// ones are sorted by hash and text, so that keys made to collide cost no more than others.
    mutating func refuseDuplicates(from first: Int) throws(JSONError) {
        let count = keys.count
        if count - first <= 16 {
            for later in first..<count {
                for earlier in first..<later
                where keys[earlier].hash == keys[later].hash && order(keys[earlier], keys[later]) == 0 {
                    throw duplicate(keys[later])
                }
            }
            return
        }
        let sorted = keys[first...].sorted {
            $0.hash == $1.hash ? order($0, $1) < 0 : $0.hash < $1.hash
        }
        for index in 1..<sorted.count
        where sorted[index - 1].hash == sorted[index].hash && order(sorted[index - 1], sorted[index]) == 0 {
            throw duplicate(sorted[index - 1].node > sorted[index].node ? sorted[index - 1] : sorted[index])
        }
    }

    private func duplicate(_ key: Key) -> JSONError {
        let node = nodes[Int(key.node)]
        let name = String(decoding: Escapes.resolve(source, node.range), as: UTF8.self)
        return error("\"\(name)\" is given twice", at: Int(node.start) - 1)
    }

    /// Below, at or above zero as the one text stands before, is, or stands after the other.
    private func order(_ one: Key, _ other: Key) -> Int {
        let one = nodes[Int(one.node)]
        let other = nodes[Int(other.node)]
        if one.isEscaped || other.isEscaped {
            return order(Escapes.resolve(source, one.range)[...], Escapes.resolve(source, other.range)[...])
        }
        return order(source[one.range], source[other.range])
    }

    private func order<Text: RandomAccessCollection<UInt8>>(_ one: Text, _ other: Text) -> Int {
        for (left, right) in zip(one, other) where left != right { return left < right ? -1 : 1 }
        return one.count - other.count
    }
}
