import Images
import Request

extension Vessels {
    /// The image that a container is made of: stored, or pulled first as `--pull` says. The caller holds a
    /// lease.
    func image(of asked: ContainerRequest) throws -> RunnableImage {
        do {
            switch asked.pull {
            case .missing, .never: break
            case .always: try pull(asked)
            // What is here will do where nothing newer can be had.
            case .newer:
                if (try? images.find(asked.image)) == nil { try pull(asked) } else { try? pull(asked) }
            }
            return try images.runnable(asked.image)
        } catch let error as ImageError where error.kind == .absent {
            guard asked.pull == .missing else { throw VesselError(error.description) }
            if !asked.isQuiet { complain("Unable to find image '\(asked.image)' locally") }
            try pull(asked)
            return try images.runnable(asked.image)
        }
    }

    private func pull(_ asked: ContainerRequest) throws {
        guard let handOver else { throw VesselError("No such image: \(asked.image)") }
        var words = ["pull"]
        if asked.isQuiet { words.append("--quiet") }
        if let platform = asked.platform { words += ["--platform", platform] }
        // As a user names it, whatever it begins with.
        words += ["--data-root", places.data, "--", asked.image]
        guard try handOver(words) == 0 else { throw VesselError("the image \(asked.image) was not pulled") }
    }
}
