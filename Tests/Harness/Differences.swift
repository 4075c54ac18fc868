/// How a runtime that is not ours differs from what a test asks, and why the test stands nevertheless.
enum Difference: Sendable {
    /// The test is run and may fail.
    case fails(String)
    /// The test is not run: it would hang, or the runtime is known to be open to the attack it makes.
    case skips(String)
}

/// Test name, runtime, difference. Debian 12 has crun 1.8.1 and runc 1.1.5, of before runtime-spec 1.1.
let differences: [String: [Runtime.Kind: Difference]] = [
    // Lifecycle
    "anIdThatIsNoNameIsRefused": [.crun: .fails("takes blanks and newlines in an id")],
    "keepLeavesAStopped": [.crun: .fails("run --keep came later")],
    "runSurvivesItsDeletionByAnother": [.crun: .fails("its run and the delete stumble over each other")],
    "configNamesAnotherFile": [.runc: .fails("has no --config")],

    // Process
    "theBatchScheduler": [.crun: .fails(later), .runc: .fails(later)],
    "theSchedulersFlags": [.crun: .fails(later), .runc: .fails(later)],
    "theDeadlineScheduler": [.crun: .fails(later), .runc: .fails(later)],
    "theRealTimeSchedulerIsAskedOfTheKernel": [.crun: .fails(later), .runc: .fails(later)],
    "thePriorityOfInputAndOutput": [.crun: .fails(later), .runc: .fails(later)],
    "theMemoryPolicy": [.crun: .fails(later), .runc: .fails(later)],
    "thePersonality": [.runc: .fails(later)],
    "hostAndDomainName": [.runc: .fails(later)],
    "aRelativeWorkingFolderIsRefused": [.crun: .fails("takes it, against the specification")],
    "homeIsTheRootWhereNobodyKnowsTheUser": [.crun: .fails("leaves HOME unset")],
    "listenFdsArrive": [.crun: .fails("loses LISTEN_FDS on the way")],

    // Namespaces
    "eachIsNew": [.crun: .fails("time namespaces fail on newer kernels"), .runc: .fails(later)],
    "clocksAreShifted": [.crun: .fails("time namespaces fail on newer kernels"), .runc: .fails(later)],
    "offsetsWithoutATimeNamespaceAreRefused": [.crun: .fails("ignores them"), .runc: .fails(later)],
    "aKindThatStandsTwiceIsRefused": [.crun: .fails("takes it, against the specification")],
    "itStaysAsItWas": [.crun: .fails(pivots), .runc: .fails(pivots)],
    "itsProcessesSeeTheirOwnRoot": [.crun: .fails(pivots), .runc: .fails(pivots)],
    "aRootCannotBeClosedThere": [.crun: .fails(pivots), .runc: .fails(pivots)],
    "itsMountsAreMade": [
        .crun: .fails("needs a /proc that knows the process"), .runc: .fails(pivots),
    ],

    // Rootless
    "runsWhatSpecWrote": [.crun: .fails("maps the ranges of /etc/subuid unasked")],
    "livesThroughItsVerbs": [.crun: .fails("start ends before the program runs, and nobody may join it")],

    // Mounts
    "propagation": [.crun: .fails("the harness hides a hierarchy from it in a private mount namespace")],
    "propagationOfTheRoot": [.runc: .fails("makes the root private after all")],
    "theLastWordWins": [.crun: .fails("the first word wins")],
    "theRecursiveFlags": [.crun: .fails("knows no recursive times")],
    "ownersAreMappedByAnIdmap": [.runc: .fails(later)],
    "anIdmapTakesTheContainersOwnMappings": [.runc: .fails(later)],

    // Devices, seccomp, hooks
    "aKindOfNodeThatDoesNotExistIsRefused": [.crun: .fails("makes another kind of node")],
    "notifyWithoutAListenerIsRefused": [.crun: .fails("runs without the listener")],
    "aFlag": [.runc: .fails(later)],
    "aWordThatDoesNotExistIsRefused": [.runc: .fails("refuses the flag without naming it")],
    "eachIsToldTheState": [
        .crun: .fails("names / as the bundle"), .runc: .fails("runs poststart before start"),
    ],
    "theyRunInTheirOrder": [
        .crun: .fails("its poststart does not wait for startContainer"),
        .runc: .fails("runs poststart before start"),
    ],

    "oneThatHangsIsEndedWithItsChildren": [.crun: .fails("ends the hook alone"), .runc: .skips(waits)],
    "aHostsNodeThatIsAnotherDeviceIsRefused": [.crun: .fails(anyNode), .runc: .fails(anyNode)],

    // Delegation
    "aUserNamespaceOwnsItsCgroup": [
        .crun: .fails("does not see the unified hierarchy here"), .runc: .fails("gives pure v2 alone"),
    ],
    "oneThatMayNotWriteThereOwnsNothing": [.crun: .fails("does not see the unified hierarchy here")],
    "aNetworkDeviceGoesIn": [.crun: .fails(later), .runc: .fails(later)],
    "aNetworkDeviceThatIsNotThereIsNamed": [.crun: .fails(later), .runc: .fails(later)],
    "aClassOfRDTNeedsResctrl": [.crun: .fails("has no RDT")],

    // Terminals and exec
    "runUsesTheTerminalItIsGiven": [.crun: .fails("does not pass on the size of its terminal")],
    "aSocketWithoutATerminalIsRefused": [.crun: .fails("ignores the socket")],
    "theProcessorsOfIt": [.crun: .fails(later), .runc: .fails(later)],
    "aCgroupBelowTheContainers": [.crun: .fails("looks for it in the unified hierarchy alone")],
    "aMalformedProcessFileIsRefused": [.crun: .fails("takes some, says nothing to others")],
    "theFlagsOfAProcess": [.crun: .fails("--env takes the place of the whole environment, PATH too")],
    "theEnvironmentAndFolderAreTheContainersUnlessTold": [.crun: .fails("starts in /")],
    "theLimitsAreTheContainers": [.crun: .fails("leaves the caller's limits")],
    "aCapabilityMore": [.crun: .fails("takes --cap for the whole set")],
    "aProcessFile": [.runc: .fails("leaves out the umask, and raises the soft limit of files")],

    // Cgroups and reports
    "aLimitTheKernelRefusesIsAnError": [.crun: .fails("leaves its control groups behind")],
    "statisticsOnce": [.crun: .fails("has no events")],
    "memoryThatRunsOutIsAnEvent": [
        .crun: .fails("has no events"), .runc: .fails("goes on until the container is deleted"),
    ],
    "resumeOfARunningIsRefused": [.crun: .fails("takes it")],
    "anyVersionOfOneIsTaken": [.crun: .fails("takes 1.0 and 1.1 alone")],
    "anotherVersionIsRefused": [.runc: .fails("takes any")],
    "theRootlessSpecificationMapsItsUser": [.crun: .fails("writes no mappings")],
    "theFeatures": [.crun: .fails(later), .runc: .fails(later)],

    // Checkpoints and notifications
    "aMissingCriuIsNamed": [.crun: .fails("has no --criu"), .runc: .fails("looks for criu by itself")],
    "aParentThatCannotBeIsNamed": [
        .crun: .fails("has no --criu"), .runc: .fails("looks for criu by itself"),
    ],
    "criusOwnWordsAreTold": [.crun: .fails("has no --criu"), .runc: .fails("looks for criu by itself")],
    "aCriuThatDoesNotKnowTheKernelIsCalledThat": [
        .crun: .fails("has no --criu"), .runc: .fails("looks for criu by itself"),
    ],
    "aFailedRestoreLeavesNothing": [
        .crun: .fails("has no --criu"), .runc: .fails("looks for criu by itself"),
    ],
    "startEndsWhenTheProgramIsReady": [.crun: .skips(barrier)],
    "otherWordsDoNotMakeItReady": [.crun: .skips(barrier), .runc: .skips("reads one message alone")],
    "aForegroundRunOutlivesWhoeverListened": [.crun: .fails("ends with the listener")],
    "withoutAMountNamespaceThereIsNoSocket": [
        .crun: .fails("mounts on the host"), .runc: .fails("refuses every mount"),
    ],
    "theContainerCanWriteNothingBesideTheSocket": [.crun: .fails("lets it")],
    "aForegroundRunPassesTheWordOn": [.crun: .skips(barrier)],

    // Callers
    "theCallersMaskOfModesStaysOutside": [
        .crun: .fails("makes mount points with the caller's mask"),
        .runc: .fails("makes mount points with the caller's mask"),
    ],
    "descriptorsThatAreNotOpenAreNotKept": [
        .crun: .fails("looks for none of them"), .runc: .fails("takes its own files for the caller's"),
    ],
    "theHostKeepsItsMounts": [.runc: .fails("cannot bind a root that is unbindable")],

    // Escapes
    "cve_2019_19921_aVolumeForProc": [.crun: .fails("takes a volume for /proc")],
    "cve_2021_30465_aMountpointThatIsSwapped": [.runc: .fails("open for the folder: CVE-2024-45310")],
    "cve_2024_21626_aDescriptorForAWorkingFolder": [.crun: .fails("open")],
    "cve_2024_21626_execInADescriptor": [.crun: .fails("open")],
    "cve_2024_21626_aProgramBehindADescriptor": [.crun: .fails("open")],
    "cve_2025_31133_aLinkForDevNull": [.runc: .fails("open")],
    "cve_2025_52565_aLinkForTheConsole": [.crun: .fails("open"), .runc: .fails("open")],
    "cve_2025_52881_aMountWithinProc": [.crun: .fails("takes it"), .runc: .fails("takes it")],

    // Hostile configurations and faults
    "whatIsNoConfiguration": [.crun: .fails("takes some")],
    "aMemberThatStandsTwice": [.crun: .fails("takes the last"), .runc: .fails("takes the last")],
    "aMemberOfTheWrongKind": [.crun: .skips(lenient), .runc: .fails(lenient)],
    "textAfterTheEnd": [.runc: .fails("reads no further")],
    "brokenStateCanBeListedAndDeleted": [.crun: .fails("crashes"), .runc: .fails("keeps the folder")],
    "noDescriptorIsLeftForIt": [.crun: .fails("leaves its control groups behind")],
    "manyDeletesAtOnce": [
        .crun: .fails("one stumbles over another"), .runc: .fails("one stumbles over another"),
    ],
    "aFullDiskForTheState": [
        .crun: .fails("leaves its state behind"), .runc: .fails("does not name the cause"),
    ],
    "itsInputAndOutputAreClosed": [.crun: .fails("needs them")],
    "deleteForceEndsAHangingHook": [.crun: .skips(waits), .runc: .skips(waits)],
    "aKilledForegroundRunCanBeDeleted": [
        .crun: .fails("writes its state after the start"),
        .runc: .fails("writes its state after the start"),
    ],
    "killedAtAnyCall": [.crun: .skips(noPromise), .runc: .skips(noPromise)],
    "repairedAfterAKill": [.crun: .skips("has no repair"), .runc: .skips("has no repair")],
]

private let anyNode = "takes whatever node of the host has the path"
private let pivots = "exchanges the root of the joined namespace"
private let barrier = "waits for the service manager to let go of a descriptor"
private let lenient = "ignores members of the wrong kind, or does not name them"
private let waits = "leaves the verb that waits for the hook"
private let noPromise = "makes no promise about a death in the middle"
private let later = "came with a later version of the specification"
