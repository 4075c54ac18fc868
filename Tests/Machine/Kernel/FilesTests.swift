import Glibc
import Kernel
import Testing

@Suite struct FilesTests {
    @Test func replacedFileHasTheNewBytesAndMode() throws {
        let scratch = try Scratch()
        let file = scratch.file("state")
        try Files.replace(file, with: Array("first".utf8))
        try Files.replace(file, with: Array("2".utf8), mode: 0o644)
        #expect(try Files.text(file) == "2")
        #expect(try Files.list(scratch.path) == ["state"])
        var status = stat()
        #expect(stat(file, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o644)
    }

    /// Whoever has the old file open goes on reading the old bytes: the name moved, not the content.
    @Test func readerOfTheOldFileKeepsIt() throws {
        let scratch = try Scratch()
        let file = scratch.file("state")
        try Files.replace(file, with: Array("old".utf8))
        let reader = try Descriptor.open(file, O_RDONLY)
        try Files.replace(file, with: Array("newer".utf8))
        #expect(try reader.readAll() == Array("old".utf8))
    }

    @Test func failedReplacementLeavesTheOldAndNoDraft() throws {
        let scratch = try Scratch()
        // A folder's name can't be taken by a file, so the last step fails.
        try Files.makeDirectory(scratch.file("state"))
        #expect(throws: SystemError("rename", EISDIR, scratch.file("state"))) {
            try Files.replace(scratch.file("state"), with: [1])
        }
        #expect(try Files.list(scratch.path) == ["state"])
        #expect(throws: SystemError("open", ENOENT, scratch.file("no/x.new"))) {
            try Files.replace(scratch.file("no/x"), with: [1])
        }
    }

    @Test func draftThatIsALinkIsNotFollowed() throws {
        let scratch = try Scratch()
        try Files.replace(scratch.file("victim"), with: Array("kept".utf8))
        #expect(symlink("victim", scratch.file("state.new")) == 0)
        #expect(throws: SystemError.self) { try Files.replace(scratch.file("state"), with: [1]) }
        #expect(try Files.text(scratch.file("victim")) == "kept")
        #expect(!Files.exists(scratch.file("state")))
    }

    @Test func putNeedsAFileThatExists() throws {
        let scratch = try Scratch()
        #expect(throws: SystemError("open", ENOENT, scratch.file("none"))) {
            try Files.put("1", to: scratch.file("none"))
        }
        #expect(!Files.exists(scratch.file("none")))
    }

    @Test func readingStopsAtTheLimit() throws {
        let scratch = try Scratch()
        let file = scratch.file("long")
        try Files.replace(file, with: [UInt8](repeating: 7, count: 100))
        #expect(try Files.read(file, limit: 100).count == 100)
        #expect(throws: SystemError("read", EFBIG, file)) { try Files.read(file, limit: 99) }
    }

    /// Files of /proc say that they are empty, and are not.
    @Test func fileOfUnknownSizeIsReadWhole() throws {
        #expect(try Files.read("/proc/self/stat").count > 40)
        #expect(try Files.read("/proc/kallsyms").count > 8192)
    }

    @Test func directoriesAreMadeDownwards() throws {
        let scratch = try Scratch()
        try Files.makeDirectories(scratch.file("a/b/c"), mode: 0o700)
        try Files.makeDirectories(scratch.file("a/b/c"))
        #expect(Files.isDirectory(scratch.file("a/b/c")))
        try Files.replace(scratch.file("file"), with: [])
        #expect(throws: SystemError("mkdir", ENOTDIR, scratch.file("file/d"))) {
            try Files.makeDirectories(scratch.file("file/d"))
        }
    }

    @Test func removingWhatIsGoneIsNoError() throws {
        let scratch = try Scratch()
        try Files.remove(scratch.file("none"))
        try Files.removeDirectory(scratch.file("none"))
        try Files.makeDirectories(scratch.file("full/x"))
        #expect(throws: SystemError("rmdir", ENOTEMPTY, scratch.file("full"))) {
            try Files.removeDirectory(scratch.file("full"))
        }
    }

    @Test func pathsAreRelativeToTheDirectoryGiven() throws {
        let scratch = try Scratch()
        let folder = try Descriptor.open(scratch.path, O_RDONLY | O_DIRECTORY)
        try Files.replace("x", with: [1], at: folder.number)
        #expect(Files.exists(scratch.file("x")))
        #expect(try Files.list(".", at: folder.number) == ["x"])
        try Files.remove("x", at: folder.number)
        #expect(!Files.exists("x", at: folder.number))
    }

    @Test func linkIsReadAndFollowed() throws {
        let scratch = try Scratch()
        #expect(symlink("to", scratch.file("from")) == 0)
        #expect(try Files.link(scratch.file("from")) == "to")
        // A link exists even where it leads nowhere.
        #expect(Files.exists(scratch.file("from")))
        #expect(throws: SystemError("realpath", ENOENT, scratch.file("from"))) {
            try Files.realPath(scratch.file("from"))
        }
        try Files.makeDirectory(scratch.file("to"))
        #expect(try Files.realPath(scratch.file("from/../from")) == Files.realPath(scratch.file("to")))
    }
}
