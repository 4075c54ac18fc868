import Digest
import Format
import Glibc
import Images
import Registry

/// What a person sees of a pull or a push: a line with a bar for each blob on a terminal, else a line for
/// each thing that ends.
struct Display {
    enum Kind { case pull, push }

    private let kind: Kind
    private let isQuiet: Bool
    private let isTerminal = isatty(1) == 1

    init(_ kind: Kind, isQuiet: Bool) {
        self.kind = kind
        self.isQuiet = isQuiet
    }

    /// Shows what `work` tells until it ends.
    func showing<Value: Sendable>(
        _ work: @escaping @Sendable (@escaping Show) async throws -> Value
    ) throws -> Value {
        let (events, sink) = AsyncStream.makeStream(of: Progress.self)
        let board = Board(kind, isQuiet: isQuiet, isTerminal: isTerminal)
        return try waiting {
            async let shown: Void = board.follow(events)
            do {
                let value = try await work { _ = sink.yield($0) }
                sink.finish()
                await shown
                return value
            } catch {
                sink.finish()
                await shown
                throw error
            }
        }
    }
}

/// The lines as they stand.
private actor Board {
    private struct Line {
        var digest: Digest
        var text: String
    }

    private let kind: Display.Kind
    private let isQuiet: Bool
    private let isTerminal: Bool
    private var lines: [Line] = []
    /// How many lines the terminal shows.
    private var drawn = 0
    private var last = ContinuousClock.now
    private static let barWidth = 40
    private static let pace: Duration = .milliseconds(80)

    init(_ kind: Display.Kind, isQuiet: Bool, isTerminal: Bool) {
        self.kind = kind
        self.isQuiet = isQuiet
        self.isTerminal = isTerminal
    }

    func follow(_ events: AsyncStream<Progress>) async {
        for await event in events { take(event) }
        if isTerminal, !isQuiet { draw() }
    }

    private func take(_ event: Progress) {
        let pull = kind == .pull
        switch event {
        case .passedOver(let registry, let reason): Output.complain("\(registry): \(reason); asking the next")
        case .present(let digest): set(digest, pull ? "Already exists" : "Layer already exists")
        case .waiting(let digest, _): set(digest, pull ? "Pulling fs layer" : "Preparing")
        case .complete(let digest): set(digest, pull ? "Pull complete" : "Pushed")
        case .mounted(let digest, let other): set(digest, "Mounted from \(other)")
        case .moved(let digest, let bytes, let size):
            guard isTerminal, !isQuiet else { return }
            let verb = pull ? "Downloading" : "Pushing"
            set(digest, verb + " " + Self.bar(bytes, size))
        }
    }

    private func set(_ digest: Digest, _ text: String) {
        if isQuiet { return }
        guard isTerminal else { return Output.printOrEnd("\(digest.short): \(text)\n") }
        if let place = lines.firstIndex(where: { $0.digest == digest }) {
            lines[place].text = text
        } else {
            lines.append(Line(digest: digest, text: text))
        }
        if .now - last >= Self.pace { draw() }
    }

    /// Writes all lines over those that were there.
    private func draw() {
        last = .now
        var text = drawn > 0 ? "\u{1B}[\(drawn)A" : ""
        for line in lines { text += "\r\(line.digest.short): \(line.text)\u{1B}[K\n" }
        drawn = lines.count
        Output.printOrEnd(text)
    }

    private static func bar(_ bytes: Int64, _ size: Int64) -> String {
        let full = size > 0 ? Int(Double(barWidth) * Double(min(bytes, size)) / Double(size)) : barWidth
        let head = full < barWidth ? ">" : ""
        let bar =
            String(repeating: "=", count: full) + head
            + String(repeating: " ", count: max(barWidth - full - head.count, 0))
        return "[\(bar)] \(Units.size(bytes))/\(Units.size(size))"
    }
}
