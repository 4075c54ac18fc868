import Containerfile
import Glibc
import Kernel

/// Where `COPY` takes from: the context, a stage, or an image.
struct CopySource {
    let root: Root
    var ignored = IgnoreList()
    /// Whether it is an image's tree: owners are kept, and devices are copied.
    var isImage = false
    /// What messages call it.
    let name: String

    /// The paths that a source of `COPY` means, relative to the root and without links resolved; the root
    /// itself is the empty path. Refused is what climbs out, and what means nothing.
    func find(_ source: String) throws -> [String] {
        var steps: [String] = []
        for step in source.split(separator: "/") where step != "." {
            if step != ".." {
                steps.append(String(step))
            } else if steps.popLast() == nil {
                throw BuildError("\(source) leads out of \(name)")
            }
        }
        var found = [""]
        for step in steps {
            guard let pattern = Pattern(step, isDeep: false) else {
                throw BuildError("\(source) is no pattern of paths")
            }
            found = try found.flatMap { folder in
                try pattern.isWild ? matches(pattern, in: folder) : [Self.join(folder, step)]
            }
        }
        found = try found.filter { path in
            guard !path.isEmpty else { return true }
            guard let status = try root.status(path) else { return false }
            // Of a folder that is left out something may be brought back.
            return !ignored.leavesOut(path) || ignored.hasExceptions && status.isFolder
        }
        guard !found.isEmpty else {
            throw BuildError("\(source) is not in \(name)" + (isImage ? "" : ", or is left out of it"))
        }
        return found
    }

    private func matches(_ pattern: Pattern, in folder: String) throws -> [String] {
        guard try root.status(folder)?.isFolder == true else { return [] }
        let open = try root.open(folder, O_RDONLY | O_DIRECTORY)
        return try Files.names(in: open.number).map { Names.text($0) }.filter { pattern.matches($0) }
            .map { Self.join(folder, $0) }
    }

    private static func join(_ folder: String, _ name: String) -> String {
        folder.isEmpty ? name : folder + "/" + name
    }
}

/// Carries out `COPY` and `ADD` in a tree.
struct CopyStep {
    let work: CopyWork
    let source: CopySource
    let target: Root
    /// An empty folder, for archives on their way.
    let folder: String

    func perform() throws {
        var copying = TreeCopying()
        copying.mode = work.mode
        copying.takesDevices = source.isImage
        copying.ignored = source.ignored
        let owner = try work.owner.map { try Owner($0, in: target) }
        // Of a context only the content counts: who unpacked it owns its files.
        copying.owner = owner ?? (source.isImage ? nil : Owner())
        let maker = owner ?? Owner()
        var paths: [String] = []
        for pattern in work.sources { paths += try source.find(pattern) }
        var path = work.destination
        let isThere = try target.status(path)?.isFolder == true
        let takesIn = path.hasSuffix("/") || isThere
        if paths.count > 1, !takesIn {
            throw BuildError("\(work.sources[0]) means \(paths.count) sources, and \(path) is no directory")
        }
        while path.count > 1, path.last == "/" { path.removeLast() }
        for found in paths {
            try copy(found, to: path, takesIn: takesIn, copying, maker)
        }
        for document in work.documents {
            let (folder, name) = takesIn ? (path, document.name) : Self.split(path)
            try target.makeFolders(folder, owner: maker)
            let into = try target.open(folder, O_RDONLY | O_DIRECTORY)
            try copying.make(Array(document.text.utf8), as: Names.name(name), into, path)
        }
    }

    private func copy(
        _ found: String, to path: String, takesIn: Bool, _ copying: TreeCopying, _ maker: Owner
    ) throws {
        guard let status = try source.root.status(found) else { return }
        if status.isFolder {
            try target.makeFolders(path, owner: maker)
            let into = try target.open(path, O_RDONLY | O_DIRECTORY)
            let from = try source.root.open(found, O_RDONLY | O_DIRECTORY)
            return try copying.fill(into, from: from, found)
        }
        guard status.isFile else { throw BuildError("\(found) is neither a file nor a directory") }
        let file = try source.root.open(found, O_RDONLY | O_NONBLOCK)
        if work.isAdd, let unpacked = try LocalArchive.unpack(file, found, below: folder) {
            try target.makeFolders(path, owner: maker)
            let into = try target.open(path, O_RDONLY | O_DIRECTORY)
            var copying = copying
            copying.owner = work.owner == nil ? nil : maker
            copying.ignored = IgnoreList()
            return try copying.fill(into, from: Descriptor.open(unpacked, O_RDONLY | O_DIRECTORY), "")
        }
        let (folder, name) = takesIn ? (path, Self.split(found).name) : Self.split(path)
        try target.makeFolders(folder, owner: maker)
        let into = try target.open(folder, O_RDONLY | O_DIRECTORY)
        try copying.copyFile(file, as: Names.name(name), into, found)
    }

    /// A path's folder and its last name.
    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }
}
