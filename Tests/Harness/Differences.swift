/// How a runtime that is not ours differs from what a test asks, and why the test stands nevertheless.
enum Difference: Sendable {
    /// The test is run and may fail.
    case fails(String)
    /// The test is not run: it would hang, or the runtime is known to be open to the attack it makes.
    case skips(String)
}

/// Test name, runtime, difference. Debian 12 has crun 1.8.1 and runc 1.1.5, of before runtime-spec 1.1.
let differences: [String: [Runtime.Kind: Difference]] = [
    "anIdThatIsNoNameIsRefused": [.crun: .fails("takes blanks and newlines in an id")],
    "keepLeavesAStopped": [.crun: .fails("run --keep came later")],
    "configNamesAnotherFile": [.runc: .fails("has no --config")],
]
