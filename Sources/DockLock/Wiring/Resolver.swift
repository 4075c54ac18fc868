import Addressing
import DNS
import Glibc
import Kernel

/// Answers the questions of one network's containers, on the bridge's address.
///
/// Names of the network's containers are answered from their records; the rest goes to the host's servers, or
/// to those that the container asked for. On an internal network the rest has no answer. One process, one
/// thread, and a bounded number of questions and connections at once; it ends with the last container.
public struct Resolver: ~Copyable {
    private let folders: Folders
    private let network: Network
    private let sockets: ResolverSockets
    private let changes: Descriptor
    private var zone = Zone()
    private var members: [IPAddress: Member] = [:]
    private var seen: timespec?
    private var pending: [Pending] = []
    private var streams: [Stream] = []
    private var number = 0

    /// A question that somebody else was asked.
    private struct Pending {
        let socket: Int32
        let question: Question
        let message: [UInt8]
        let client: SocketAddress
        let local: Int
        /// Who is still to be asked, and until when the one asked has time, in milliseconds.
        var servers: ArraySlice<IPAddress>
        var deadline: Int
    }

    static let pendingMax = 256
    static let streamsMax = 32
    /// What one container may have of both: the others' share stays theirs.
    static let pendingOfOneMax = 64
    static let streamsOfOneMax = 8
    /// How long one server has, in milliseconds.
    static let patienceMillis = 2500

    init(data: String, network: String, sockets: consuming ResolverSockets) throws {
        let folders = Folders(data: data)
        guard let found = try folders.find(network) else {
            throw WiringError("there is no network \(network)")
        }
        let changes = Descriptor(
            try SystemError.check(inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)), "inotify"))
        try SystemError.check(
            inotify_add_watch(
                changes.number, folders.folder(network) + "/members",
                UInt32(IN_MOVED_TO) | UInt32(IN_DELETE)), "inotify", network)
        self.folders = folders
        self.network = found
        self.sockets = sockets
        self.changes = changes
    }

    deinit {
        for each in pending { close(each.socket) }
        for each in streams { each.close() }
    }

    /// Serves until the network has no container.
    mutating func serve() throws {
        while true {
            let now = Clock.millis
            try expire(now)
            if try isOver() { return }
            var polls = sockets.datagrams.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let takesMore = streams.count < Resolver.streamsMax
            polls += sockets.streams.map {
                pollfd(fd: $0, events: takesMore ? Int16(POLLIN) : 0, revents: 0)
            }
            polls.append(pollfd(fd: changes.number, events: Int16(POLLIN), revents: 0))
            let fixed = polls.count
            polls += pending.map { pollfd(fd: $0.socket, events: Int16(POLLIN), revents: 0) }
            polls += streams.flatMap(\.polls)
            if poll(&polls, nfds_t(polls.count), timeout(now)) < 0 && errno != EINTR {
                throw SystemError("poll", errno)
            }
            let ready = Set(polls.filter { $0.revents != 0 }.map(\.fd))
            guard !ready.isEmpty else { continue }
            if ready.contains(changes.number) { drain() }
            reload()
            advance(ready, Clock.millis)
            collect(ready)
            for (index, socket) in sockets.datagrams.enumerated() where ready.contains(socket) {
                take(socket, index)
            }
            for poll in polls[sockets.datagrams.count..<fixed - 1] where poll.revents != 0 { accept(poll.fd) }
        }
    }

    /// The first end of patience; a second where members have gone but the lock was taken.
    private func timeout(_ now: Int) -> Int32 {
        let deadlines = pending.map(\.deadline) + streams.map(\.deadline)
        let first = (deadlines.min() ?? Int.max / 2) - now
        if members.isEmpty { return Int32(clamping: min(max(first, 0), 1000)) }
        return deadlines.isEmpty ? -1 : Int32(clamping: max(first, 0))
    }

    private func drain() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while read(changes.number, &buffer, buffer.count) > 0 {}
    }

    /// Reads the members anew where their folder has changed.
    private mutating func reload() {
        var status = stat()
        guard stat(folders.folder(network.name) + "/members", &status) == 0 else {
            members = [:]
            return
        }
        let time = status.st_mtim
        if let seen, seen.tv_sec == time.tv_sec, seen.tv_nsec == time.tv_nsec { return }
        guard let all = try? folders.members(of: network.name) else { return }
        seen = time
        zone = Zone()
        members = [:]
        for member in all {
            zone.add(names: [member.name] + member.aliases, addresses: member.addresses.map(\.bytes))
            for address in member.addresses { members[address] = member }
        }
    }

    /// Whether no container is left. The lock excludes one that is about to come, which then starts a new
    /// one.
    private mutating func isOver() throws -> Bool {
        reload()
        guard members.isEmpty else { return false }
        // A network that was removed with all its data has no lock either.
        guard Files.exists(folders.folder(network.name)) else { return true }
        return folders.tryLocked {
            seen = nil
            reload()
            if members.isEmpty { sockets.release() }
            return members.isEmpty
        } ?? false
    }

    private mutating func take(_ socket: Int32, _ local: Int) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        for _ in 0..<64 {
            guard let (count, client) = SocketAddress.receive(socket, &buffer) else { return }
            let message = Array(buffer[..<count])
            // What is no question gets no answer: it may be an answer itself.
            guard let question = Question(message) else { continue }
            if let answer = answer(question) {
                client.send(answer.message(to: question), from: socket)
                continue
            }
            let servers = servers(for: client.address)
            let own = pending.count { $0.client.address == client.address }
            guard pending.count < Resolver.pendingMax, own < Resolver.pendingOfOneMax,
                let asked = ask(servers[...], question, message, client, local)
            else {
                client.send(Answer.failure.message(to: question), from: socket)
                continue
            }
            pending.append(asked)
        }
    }

    private func answer(_ question: Question) -> Answer? {
        let known = zone.answer(to: question) { bytes in IPAddress(bytes).map(network.contains) ?? false }
        return known ?? (network.isInternal ? .unknown : nil)
    }

    /// Whom to ask for a container.
    private func servers(for client: IPAddress) -> [IPAddress] {
        if let member = members[client], !member.servers.isEmpty { return member.servers }
        let file = ResolverFile(parsing: (try? Files.text("/etc/resolv.conf")) ?? "")
        // One of ours would ask itself.
        return file.servers.filter { server in !network.subnets.contains { $0.gateway == server } }
    }

    /// A socket of its own for each question: its port is part of what a forger would have to guess.
    private func ask(
        _ servers: ArraySlice<IPAddress>, _ question: Question, _ message: [UInt8], _ client: SocketAddress,
        _ local: Int
    ) -> Pending? {
        var rest = servers
        while let server = rest.popFirst() {
            let socket = Glibc.socket(
                server.isIPv6 ? AF_INET6 : AF_INET,
                Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
            if socket < 0 { return nil }
            do {
                try SocketAddress(server, port: ResolverSockets.port).connect(socket)
                try SystemError.check(send(socket, message, message.count, Int32(MSG_NOSIGNAL)), "send")
            } catch {
                close(socket)
                continue
            }
            return Pending(
                socket: socket, question: question, message: message, client: client, local: local,
                servers: rest, deadline: Clock.millis + Resolver.patienceMillis)
        }
        return nil
    }

    /// Hands answers on, as they came; what doesn't answer the question is not one.
    private mutating func collect(_ ready: Set<Int32>) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        for index in pending.indices.reversed() where ready.contains(pending[index].socket) {
            let each = pending[index]
            let got = recv(each.socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if got < 0 {
                // Nobody listens there: the next server is asked at once.
                if errno != EAGAIN { pending[index].deadline = 0 }
                continue
            }
            let answer = Array(buffer[..<got])
            guard each.question.isAnswered(by: answer) else { continue }
            each.client.send(answer, from: sockets.datagrams[each.local])
            close(each.socket)
            pending.remove(at: index)
        }
    }

    private mutating func expire(_ now: Int) throws {
        for index in pending.indices.reversed() where pending[index].deadline <= now {
            let each = pending[index]
            close(each.socket)
            if let next = ask(each.servers, each.question, each.message, each.client, each.local) {
                pending[index] = next
            } else {
                each.client.send(
                    Answer.failure.message(to: each.question), from: sockets.datagrams[each.local])
                pending.remove(at: index)
            }
        }
        for index in streams.indices.reversed() where streams[index].deadline <= now {
            streams[index].close()
            streams.remove(at: index)
        }
    }

    private mutating func accept(_ listener: Int32) {
        let socket = accept4(
            listener, .init(__sockaddr__: nil), nil, Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue))
        if socket < 0 { return }
        guard let peer = SocketAddress.peer(of: socket)?.address,
            streams.count(where: { $0.address == peer }) < Resolver.streamsOfOneMax
        else {
            close(socket)
            return
        }
        streams.append(Stream(client: socket, address: peer))
    }

    private mutating func advance(_ ready: Set<Int32>, _ now: Int) {
        for index in streams.indices.reversed() where streams[index].isAny(of: ready) {
            var stream = streams[index]
            let servers = servers(for: stream.address)
            let goesOn = stream.advance(now, servers: servers) { answer($0) }
            if goesOn {
                streams[index] = stream
            } else {
                stream.close()
                streams.remove(at: index)
            }
        }
    }
}

enum Clock {
    /// Milliseconds since boot.
    static var millis: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
