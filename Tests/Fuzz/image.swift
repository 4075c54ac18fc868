// rooms: Digest JSON Manifest
import Digest
import JSON
import Manifest

/// The input is a manifest, an index, a configuration, or docker's list of an archive. What is accepted must
/// come back the same when it is written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzImage(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    attempt { () throws(ManifestError) in
        let index = try ImageIndex.decode(input)
        precondition((try? ImageIndex.decode(index.encoded())) == index)
        _ = try? index.choose(.host)
    }
    attempt { () throws(ManifestError) in
        let manifest = try ImageManifest.decode(input)
        precondition((try? ImageManifest.decode(manifest.encoded())) == manifest)
        precondition(manifest.layers.count <= ImageManifest.limitLayers)
        for layer in manifest.layers { precondition(layer.size >= 0 && MediaType.isLayer(layer.mediaType)) }
    }
    attempt { () throws(ManifestError) in
        let config = try ImageConfig.decode(input)
        let again = try ImageConfig.decode(config.encoded())
        // Sets and labels are sorted when they are written: the second writing changes nothing.
        precondition(again.encoded() == config.encoded())
        precondition(ChainID.all(of: config.diffIDs) { _ in config.diffIDs[0] }.count == config.diffIDs.count)
        precondition(config.layerSteps.count == config.diffIDs.count)
    }
    attempt { () throws(ManifestError) in
        let images = try DockerArchive.decode(input)
        precondition((try? DockerArchive.decode(DockerArchive.encode(images))) == images)
        for image in images {
            for path in [image.config] + image.layers {
                precondition(!path.hasPrefix("/") && !"/\(path)/".contains("/../"))
            }
        }
    }
    attempt { () throws(ManifestError) in _ = try DocumentKind.of(input) }
    return 0
}

/// Runs `work`; what it throws must say something.
private func attempt(_ work: () throws(ManifestError) -> Void) {
    do throws(ManifestError) {
        try work()
    } catch {
        precondition(!error.problem.isEmpty)
    }
}
