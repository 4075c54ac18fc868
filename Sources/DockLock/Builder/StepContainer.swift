import Digest
import Images
import Kernel

/// The container that runs a build's steps, one after the other, and its image, which has no name: told from
/// those of all other builds by the build's folder, so that a later build can remove what one that was
/// killed left.
struct StepContainer {
    let name: String
    private let note: String

    /// `folder` is a build's.
    init(of folder: String) {
        name = "build-" + CopyStep.split(folder).name.dropFirst("work-".count)
        note = folder + "/image"
    }

    /// Writes down the image, before there is a container of it.
    func keep(_ image: Digest) throws {
        try Files.replace(note, with: Array(image.description.utf8))
    }

    /// Removes both, as far as they are there.
    func remove(_ request: BuildRequest, _ store: ImageStore) {
        _ = try? Program.run(
            request.program, request.verb(["rm", "-f", "-v", name], store), output: .nothing)
        guard let text = try? Files.text(note), let image = try? Digest(text) else { return }
        try? store.withdraw(image)
        try? Files.remove(note)
    }
}

extension BuildRequest {
    /// The words of a verb about containers of a store.
    func verb(_ words: [String], _ store: ImageStore) -> [String] {
        ["docklock", "--data-root", store.data, "--root", stateRoot] + words
    }
}
