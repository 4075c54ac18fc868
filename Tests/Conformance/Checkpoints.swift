import Glibc
import Harness
import Testing

/// `checkpoint` and `restore`, as far as they go without a criu that knows this kernel: the guest of
/// hack/vm has one.
@Suite(.blackBox) struct Checkpoints {
    /// A program in place of criu.
    private func criu(_ trial: Trial, _ script: String) -> String {
        let path = trial.folder + "/criu"
        Host.write("#!/bin/sh\n" + script + "\n", to: path)
        chmod(path, 0o755)
        return path
    }

    private func checkpoint(_ trial: Trial, _ criu: String) throws -> Command.Outcome {
        try trial.invoke(
            ["checkpoint", "--image-path", trial.folder + "/images", trial.id], globals: ["--criu", criu])
    }

    @Test func aMissingCriuIsNamed() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        try trial.launch()
        let outcome = try checkpoint(trial, "/no/such/criu")
        #expect(!outcome.succeeded && outcome.err.contains("/no/such/criu"), "\(outcome)")
        #expect(try trial.status == "running")
    }

    @Test(arguments: ["/tmp", "none"]) func aParentThatCannotBeIsNamed(parent: String) throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        try trial.launch()
        let outcome = try trial.invoke(
            ["checkpoint", "--parent-path", parent, "--image-path", trial.folder + "/images", trial.id],
            globals: ["--criu", criu(trial, "exit 0")])
        #expect(!outcome.succeeded && outcome.err.contains("--parent-path"), "\(outcome)")
        #expect(try trial.status == "running")
    }

    @Test func criusOwnWordsAreTold() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        try trial.launch()
        let outcome = try checkpoint(
            trial, criu(trial, "echo 'Error (criu/x.c:1): no luck today' >&2; exit 1"))
        #expect(!outcome.succeeded && outcome.err.contains("no luck today"), "\(outcome)")
        #expect(try trial.status == "running")
    }

    @Test func aCriuThatDoesNotKnowTheKernelIsCalledThat() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        try trial.launch()
        let words = "Error (criu/kerndat.c:1): kerndat_x failed when initializing kerndat."
        let outcome = try checkpoint(trial, criu(trial, "echo '\(words)' >&2; exit 1"))
        #expect(!outcome.succeeded && outcome.err.contains("does not know this kernel"), "\(outcome)")
    }

    @Test func aCreatedContainerIsRefused() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        #expect(try trial.create().succeeded)
        try trial.pid()
        #expect(
            try !trial.invoke(["checkpoint", "--image-path", trial.folder + "/images", trial.id]).succeeded)
        #expect(try trial.status == "created")
    }

    @Test func aRestoreOfNothingLeavesNothing() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        mkdir(trial.folder + "/images", 0o755)
        let restore = [
            "restore", "--image-path", trial.folder + "/images", "--bundle", trial.bundle, trial.id,
        ]
        #expect(try !trial.invoke(restore).succeeded)
        #expect(trial.leftovers() == [])
    }

    @Test func aFailedRestoreLeavesNothing() throws {
        let trial = try Trial("echo > /ready; exec sleep 1000")
        mkdir(trial.folder + "/images", 0o755)
        Host.write(
            "[\"/dev/null\",\"/dev/null\",\"/dev/null\"]", to: trial.folder + "/images/descriptors.json")
        let outcome = try trial.invoke(
            ["restore", "--image-path", trial.folder + "/images", "--bundle", trial.bundle, trial.id],
            globals: ["--criu", criu(trial, "echo 'Error (criu/x.c:1): no luck today' >&2; exit 1")])
        #expect(!outcome.succeeded && outcome.err.contains("no luck today"), "\(outcome)")
        #expect(trial.leftovers() == [])
    }
}
