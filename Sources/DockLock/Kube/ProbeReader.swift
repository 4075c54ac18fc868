import JSON

extension PlannedProbe {
    /// A check of a container; nil where there is none.
    /// - Parameter ports: the container's, by their names.
    init?(_ container: Fields, _ key: String, ports: [String: UInt16]) throws(KubeError) {
        let looks = ["exec", "httpGet", "tcpSocket"]
        let times = [
            "initialDelaySeconds", "periodSeconds", "timeoutSeconds", "successThreshold", "failureThreshold",
        ]
        let fields = try container.fields(
            key, known: looks + times, ignored: ["terminationGracePeriodSeconds"], refused: ["grpc"])
        guard let fields else { return nil }
        let given = looks.filter(fields.has)
        guard given.count == 1 else {
            throw KubeError("\(fields.path): must have one of exec, httpGet and tcpSocket")
        }
        let most: Int64 = 1 << 30
        delay = try fields.int("initialDelaySeconds", in: 0...most) ?? 0
        period = try fields.int("periodSeconds", in: 1...most) ?? 10
        timeout = try fields.int("timeoutSeconds", in: 1...most) ?? 1
        failures = try fields.int("failureThreshold", in: 1...most) ?? 3
        successes = try fields.int("successThreshold", in: 1...most) ?? 1
        guard successes == 1 || key == "readinessProbe" else {
            throw fields.wrong("successThreshold", "must be 1")
        }
        switch given[0] {
        case "exec":
            let words = try fields.fields("exec", known: ["command"])?.strings("command") ?? []
            guard !words.isEmpty else { throw fields.wrong("exec.command", "is missing") }
            look = .command(words)
        case "tcpSocket":
            guard let socket = try fields.fields("tcpSocket", known: ["port", "host"]) else { return nil }
            look = .tcp(
                host: try PlannedProbe.host(socket), port: try PlannedProbe.port(socket, ports))
        default:
            let known = ["path", "port", "host", "scheme", "httpHeaders"]
            guard let get = try fields.fields("httpGet", known: known) else { return nil }
            guard try get.word("scheme", of: ["HTTP", "HTTPS"]) != "HTTPS" else {
                throw get.wrong("scheme", "HTTPS is not supported")
            }
            let path = try get.string("path") ?? "/"
            guard path.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
                throw get.wrong("path", "holds a space or a control character")
            }
            look = .http(
                host: try PlannedProbe.host(get), port: try PlannedProbe.port(get, ports),
                path: path.hasPrefix("/") ? path : "/" + path, lines: try PlannedProbe.lines(get))
        }
    }

    /// The container's own address where none is named.
    private static func host(_ fields: Fields) throws(KubeError) -> String {
        let host = try fields.string("host") ?? "127.0.0.1"
        let isAddress = host.utf8.allSatisfy { byte in
            (byte >= 0x30 && byte <= 0x3A) || byte == 0x2E || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66)
        }
        guard host == "localhost" || (isAddress && !host.isEmpty) else {
            throw fields.wrong("host", "\"\(host)\" is not an address")
        }
        return host
    }

    private static func port(_ fields: Fields, _ ports: [String: UInt16]) throws(KubeError) -> UInt16 {
        switch fields.node("port") {
        case .int(let number):
            guard let port = UInt16(exactly: number), port > 0 else { break }
            return port
        case .string(let name):
            if let port = ports[name] { return port }
            throw fields.wrong("port", "the container has no port \(name)")
        default: break
        }
        throw fields.wrong("port", "is no port")
    }

    private static func lines(_ fields: Fields) throws(KubeError) -> [String] {
        var lines: [String] = []
        for element in try fields.list("httpHeaders") {
            let header = try Fields(element.node, element.path, fields.notes, known: ["name", "value"])
            let line = try header.required("name") + ": " + (header.string("value") ?? "")
            guard line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw KubeError("\(element.path): holds a control character")
            }
            lines.append(line)
        }
        return lines
    }
}
