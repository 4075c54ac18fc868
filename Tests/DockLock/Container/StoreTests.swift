import Glibc
import Kernel
import Testing

@testable import Container

@Suite struct StoreTests {
    @Test func idIsTakenOnce() throws {
        let scratch = try Scratch()
        let store = Store(root: scratch.file("a/b"))
        let folder = try store.create("box")
        #expect(folder.path == scratch.file("a/b/box"))
        #expect(refusal { _ = try store.create("box") } == "container with id box exists already")
        var status = stat()
        #expect(stat(scratch.file("a/b/box"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
    }

    @Test func absentContainerIsNamed() throws {
        let scratch = try Scratch()
        let store = Store(root: scratch.path)
        #expect(refusal { _ = try store.open("box") } == "container box does not exist")
        #expect(refusal { _ = try store.lock("box") } == "container box does not exist")
        #expect(try Store(root: scratch.file("none")).ids() == [])
    }

    static let wrong = ["", ".", "..", "../etc", "a/b", "a\0b", ".filters", "/etc"]

    @Test(arguments: wrong)
    func idLeadsNowhereElse(_ id: String) throws {
        let scratch = try Scratch()
        let store = Store(root: scratch.file("root"))
        try Files.makeDirectories(scratch.file("root/.filters"))
        #expect(throws: ContainerError.self) { _ = try store.open(id) }
        #expect(throws: ContainerError.self) { _ = try store.lock(id) }
    }

    /// A link in the place of a container's folder would lead the removal elsewhere.
    @Test func linkIsNoContainer() throws {
        let scratch = try Scratch()
        try Files.makeDirectory(scratch.file("victim"))
        #expect(symlink("victim", scratch.file("box")) == 0)
        #expect(refusal { _ = try Store(root: scratch.path).lock("box") } == "container box does not exist")
    }

    @Test func listHoldsWhatIsAContainer() throws {
        let scratch = try Scratch()
        let store = Store(root: scratch.path)
        for id in ["b", "a", "c_1.x"] { _ = try store.create(id) }
        try Files.makeDirectory(store.filters)
        #expect(try store.ids() == ["a", "b", "c_1.x"])
    }

    @Test func lockKeepsOthersOut() throws {
        let scratch = try Scratch()
        let store = Store(root: scratch.path)
        let holder = try store.create("box")
        let other = try store.open("box")
        #expect(flock(other.directory.number, LOCK_EX | LOCK_NB) == -1)
        #expect(errno == EWOULDBLOCK)
        holder.unlock()
        #expect(flock(other.directory.number, LOCK_EX | LOCK_NB) == 0)
        other.unlock()
        #expect(try holder.lock())
    }

    @Test func deletedFolderIsNotTakenForTheNextOfItsName() throws {
        let scratch = try Scratch()
        let store = Store(root: scratch.path)
        let first = try store.create("box")
        try first.write(Store.stateFile, [1])
        let waiter = try store.open("box")
        try first.delete()
        first.unlock()
        #expect(try !waiter.lock(), "there is nothing of that name")
        let second = try store.create("box")
        #expect(try !waiter.lock(), "there is another")
        #expect(try second.lock())
    }

    @Test func deletionTakesEverything() throws {
        let scratch = try Scratch()
        let store = Store(root: scratch.path)
        let folder = try store.create("box")
        for name in [Store.stateFile, Store.configFile, "state.json.new", Store.fifo] {
            try folder.write(name, [1])
        }
        try folder.delete()
        #expect(try Files.list(scratch.path) == [])
        // Whoever was killed in the middle does it again.
        try Files.makeDirectory(folder.path)
        try store.open("box").delete()
        #expect(try store.ids() == [])
    }
}
