import JSON

/// Why a request to a keeper is refused: names the member.
public struct UpkeepError: Error, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}

extension Keeping {
    public var node: JSONNode {
        var members: [JSONNode.Member] = [
            .init("version", .int(1)), .init("id", .string(id)), .init("name", .string(name)),
            .init("image", .string(image)), .init("folder", .string(folder)),
            .init("nameLink", .string(nameLink)), .init("stateRoot", .string(stateRoot)),
            .init("cgroupManager", .string(cgroupManager)), .init("socketRoot", .string(socketRoot)),
            .init("events", .string(events)), .init("tty", .bool(tty)), .init("rows", .uint(UInt64(rows))),
            .init("columns", .uint(UInt64(columns))), .init("openStdin", .bool(openStdin)),
            .init("stdinOnce", .bool(stdinOnce)), .init("removes", .bool(removes)),
            .init("stopSignal", .int(Int64(stopSignal))), .init("stopTimeout", .int(stopTimeout)),
            .init("log", log.node), .init("restart", restart.node),
        ]
        for (key, check) in [("health", health), ("startup", startup), ("readiness", readiness)] {
            if let check { members.append(.init(key, check.node)) }
        }
        return .object(members)
    }

    /// Reads what `node` wrote; a member that is missing, unknown in kind or out of range is named.
    public init(decoding bytes: [UInt8]) throws(UpkeepError) {
        let json = try Fields.parse(bytes)
        let fields = Fields(json, "")
        guard try fields.int("version") == 1 else { throw UpkeepError("version: is not 1") }
        self.init()
        id = try fields.string("id")
        name = try fields.string("name")
        image = try fields.string("image")
        folder = try fields.path("folder")
        nameLink = try fields.string("nameLink")
        stateRoot = try fields.path("stateRoot")
        cgroupManager = try fields.string("cgroupManager")
        socketRoot = try fields.path("socketRoot")
        events = try fields.string("events")
        tty = try fields.bool("tty")
        rows = UInt16(try fields.int("rows", in: 0...65535))
        columns = UInt16(try fields.int("columns", in: 0...65535))
        openStdin = try fields.bool("openStdin")
        stdinOnce = try fields.bool("stdinOnce")
        removes = try fields.bool("removes")
        stopSignal = Int32(try fields.int("stopSignal", in: 1...64))
        stopTimeout = try fields.int("stopTimeout", in: -1...Fields.secondsMax)
        log = try LogOptions(try fields.object("log"))
        restart = try RestartPolicy(try fields.object("restart"))
        health = try Keeping.check(json, "health")
        startup = try Keeping.check(json, "startup")
        readiness = try Keeping.check(json, "readiness")
    }

    private static func check(_ json: JSON, _ key: String) throws(UpkeepError) -> HealthCheck? {
        guard let value = json[key: key] else { return nil }
        return try HealthCheck(Fields(value, key + "."))
    }
}

extension LogOptions {
    var node: JSONNode {
        [
            "driver": .string(driver.rawValue), "path": .string(path), "maxSize": .int(maxSize),
            "maxFiles": .int(maxFiles),
        ]
    }

    init(_ fields: Fields) throws(UpkeepError) {
        self.init()
        guard let driver = Driver(rawValue: try fields.string("driver")) else {
            throw fields.wrong("driver", "is not json-file, k8s-file or none")
        }
        self.driver = driver
        path = driver == .none ? try fields.string("path") : try fields.path("path")
        maxSize = try fields.int("maxSize", in: 0...Int64.max)
        maxFiles = try fields.int("maxFiles", in: 1...1000)
    }
}

/// The members of an object, each with its name for the error.
struct Fields {
    static let secondsMax: Int64 = 1 << 31
    let json: JSON
    let prefix: String

    init(_ json: JSON, _ prefix: String) {
        self.json = json
        self.prefix = prefix
    }

    static func parse(_ bytes: [UInt8]) throws(UpkeepError) -> JSON {
        do {
            let json = try JSON.parse(bytes, limits: .init(depth: 16, bytes: 1 << 20))
            guard json.kind == .object else { throw UpkeepError("is not an object") }
            return json
        } catch let error as JSONError {
            throw UpkeepError(error.description)
        } catch {
            throw UpkeepError("is not an object")
        }
    }

    func wrong(_ name: String, _ problem: String) -> UpkeepError {
        UpkeepError(prefix + name + ": " + problem)
    }

    func string(_ name: String) throws(UpkeepError) -> String {
        guard let value = json[key: name], let text = value.string, !value.hasNUL else {
            throw wrong(name, "is not a string")
        }
        return text
    }

    func path(_ name: String) throws(UpkeepError) -> String {
        let text = try string(name)
        guard text.utf8.first == UInt8(ascii: "/") else { throw wrong(name, "is not an absolute path") }
        return text
    }

    func bool(_ name: String) throws(UpkeepError) -> Bool {
        guard let value = json[key: name]?.bool else { throw wrong(name, "is not true or false") }
        return value
    }

    func int(
        _ name: String, in range: ClosedRange<Int64> = Int64.min...Int64.max
    ) throws(UpkeepError) -> Int64 {
        guard let value = json[key: name]?.int, range.contains(value) else {
            throw wrong(name, "is not a whole number in range")
        }
        return value
    }

    func object(_ name: String) throws(UpkeepError) -> Fields {
        guard let value = json[key: name], value.kind == .object else {
            throw wrong(name, "is not an object")
        }
        return Fields(value, prefix + name + ".")
    }

    func strings(_ name: String) throws(UpkeepError) -> [String] {
        guard let value = json[key: name], value.kind == .array else { throw wrong(name, "is not a list") }
        var list: [String] = []
        for element in value.elements {
            guard let text = element.string, !element.hasNUL else {
                throw wrong(name, "holds something that is not a string")
            }
            list.append(text)
        }
        return list
    }
}
