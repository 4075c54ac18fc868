import Glibc
import Kernel
import OCI

extension Cgroup {
    /// Makes the directories. Refuses a cgroup that holds processes or is frozen already.
    ///
    /// With the driver `systemd` a scope is asked for, which needs `pid`, its first process, and takes
    /// `properties` (the annotations `org.systemd.property.*`); the process has moved when this returns.
    /// A rootless caller who may not write there gets a cgroup without directories, unless the
    /// configuration named a path or a limit; on a hybrid host v1's directories will do.
    /// What was made is removed again when the rest fails.
    public static func make(
        _ place: CgroupPlace, host: CgroupHost, resources: Resources?, pid: Int32? = nil,
        properties: [Annotation] = []
    ) throws -> Cgroup {
        var cgroup = Cgroup(place, host: host)
        if place.driver == .disabled { return cgroup }
        guard !host.isEmpty else { throw CgroupError("no cgroup tree is mounted") }
        if place.driver == .systemd {
            guard let pid else { throw CgroupError("a systemd scope needs a process") }
            try cgroup.startScope(resources, pid: pid, annotations: properties)
            return cgroup
        }
        let overlooks = place.rootless && !place.isAsked && resources?.asksForLimits != true
        // Beside v1 the v2 tree holds no limits unless one is asked for by its name: delegation of v1's trees
        // alone is enough for a rootless caller.
        let isSpare = place.rootless && host.mode == .hybrid && resources?.unified.isEmpty != false
        try cgroup.fill(cgroup.branches, overlooksRefusal: overlooks, isUnifiedSpare: isSpare)
        return cgroup
    }

    /// Makes the part in the v2 tree, which a clone with CLONE_INTO_CGROUP needs; `finish` makes the v1
    /// parts, whose paths are told as if they were there already. For the driver `cgroupfs` with privilege.
    public static func begin(_ place: CgroupPlace, host: CgroupHost) throws -> Cgroup {
        var cgroup = Cgroup(place, host: host)
        try cgroup.fill(cgroup.unified.map { [$0] } ?? [], overlooksRefusal: false)
        cgroup.isWhole = true
        return cgroup
    }

    /// Makes the v1 parts. On failure they are gone again; the v2 part stays, since it has processes by now.
    public mutating func finish() throws { try fill(legacy, overlooksRefusal: false) }

    /// Takes back what `begin` made, with whatever process is left in it.
    public func abandon() throws {
        guard let unified else { return }
        try? Files.put("1", to: unified.directory + "/cgroup.kill")
        try Cgroup.removeTree(unified.directory)
    }

    private mutating func fill(
        _ parts: [Branch], overlooksRefusal: Bool, isUnifiedSpare: Bool = false
    ) throws {
        var made: [String] = []
        var isWhole = true
        do {
            for branch in parts {
                let overlooks = overlooksRefusal || isUnifiedSpare && branch.controllers.isEmpty
                guard try branch.make(overlooksRefusal: overlooks) else {
                    isWhole = false
                    continue
                }
                made.append(branch.directory)
                if branch.controllers.contains("cpuset") {
                    try branch.inheritProcessors()
                } else if branch.controllers.isEmpty, host.mode == .unified {
                    branch.delegateControllers()
                }
            }
        } catch {
            for directory in made { _ = rmdir(directory) }
            throw error
        }
        self.isWhole = isWhole
    }

    /// Moves a process with its threads into every part. For slow paths; a new process joins by itself.
    public func add(pid: Int32) throws {
        let text = String(pid)
        for branch in branches where Files.exists(branch.directory) {
            try Files.put(text, to: branch.directory + "/cgroup.procs")
        }
    }

    /// Gives the part in the v2 tree to a user, with the files that the kernel says may be given: for a
    /// container with a cgroup namespace of its own and a writable cgroup mount.
    public func delegate(to uid: UInt32) throws {
        guard let directory = unifiedDirectory else { return }
        try SystemError.check(chown(directory, uid, UInt32.max), "chown", directory)
        let listed = (try? Files.text("/sys/kernel/cgroup/delegate")) ?? ""
        for name in listed.split(separator: "\n") {
            let file = directory + "/" + name
            if chown(file, uid, UInt32.max) == 0 || errno == ENOENT { continue }
            throw SystemError("chown", errno, file)
        }
    }
}

extension Cgroup.Branch {
    /// Makes the directory and the missing ones above it. False where the caller may not and that is
    /// overlooked. One that is there already must be empty, or, where `sharing`, is taken as it is.
    func make(overlooksRefusal: Bool, sharing: Bool = false) throws -> Bool {
        if mkdir(directory, 0o755) == 0 { return true }
        var code = errno
        // Whoever removes the last cgroup in a level above may remove that level too, while ours is made.
        for _ in 0..<32 where code == ENOENT {
            do throws(SystemError) {
                try makeLevels()
                return true
            } catch {
                code = error.code
            }
        }
        if code == EEXIST {
            if !sharing { try refuseUsed() }
            return true
        }
        let refused = code == EACCES || code == EPERM || code == EROFS
        if refused && overlooksRefusal { return false }
        throw SystemError("mkdir", code, directory)
    }

    /// Directories from the mount down to this one.
    var levels: [String] {
        var levels: [String] = []
        var end = directory.utf8.index(directory.startIndex, offsetBy: mount.utf8.count + 1)
        while end < directory.endIndex {
            let next = directory.utf8[end...].firstIndex(of: 0x2F) ?? directory.endIndex
            levels.append(String(directory[..<next]))
            guard next < directory.endIndex else { break }
            end = directory.utf8.index(after: next)
        }
        return levels
    }

    private func makeLevels() throws(SystemError) {
        let isCpuset = controllers.contains("cpuset")
        for level in levels {
            if mkdir(level, 0o755) != 0 {
                guard errno == EEXIST, level != directory else { throw SystemError("mkdir", errno, level) }
                continue
            }
            guard isCpuset, level != directory else { continue }
            try Cgroup.Branch.inheritProcessors(level)
            // Cgroups made below a level of ours take its processors as they are made: cheaper than writing.
            try? Files.put("1", to: level + "/cgroup.clone_children")
        }
    }

    /// A cgroup that is there already may be used only if nobody lives in it and it is not frozen.
    private func refuseUsed() throws {
        let pids = try Cgroup.pids(in: directory)
        guard pids.isEmpty else {
            throw CgroupError(
                "cgroup " + directory + " is not empty: " + String(pids.count) + " processes live in it")
        }
        if Cgroup.isFrozen(directory) {
            throw CgroupError("container's cgroup unexpectedly frozen: " + directory)
        }
    }

    /// A new level of a v1 cpuset has no processors and no memory nodes, and takes no task until it has.
    func inheritProcessors() throws(SystemError) {
        do {
            try Cgroup.Branch.inheritProcessors(directory)
        } catch {
            // A level above, made by someone else, was left empty.
            for level in levels { try Cgroup.Branch.inheritProcessors(level) }
        }
    }

    private static func inheritProcessors(_ level: String) throws(SystemError) {
        let parent = String(level[..<(level.lastIndex(of: "/") ?? level.startIndex)])
        for file in ["/cpuset.cpus", "/cpuset.mems"] {
            let own = try Files.read(level + file)
            // An empty set reads as a lone newline.
            if own.count > 1 { continue }
            let given = try Files.read(parent + file)
            guard given.count > 1 else { throw SystemError("inherit", ENOSPC, level + file) }
            let descriptor = try Descriptor.open(level + file, O_WRONLY)
            try descriptor.write(given, name: level + file)
        }
    }

    /// Switches on every controller of the v2 tree for the levels above this one. What cannot be switched
    /// on shows itself when a limit needs it.
    func delegateControllers() {
        guard let available = try? Files.text(mount + "/cgroup.controllers") else { return }
        let words = available.split(whereSeparator: { $0 == " " || $0 == "\n" }).map { "+" + $0 }
        guard !words.isEmpty else { return }
        let all = words.joined(separator: " ")
        for level in [mount] + levels.dropLast() {
            let file = level + "/cgroup.subtree_control"
            if (try? Files.put(all, to: file)) != nil { continue }
            for word in words { try? Files.put(word, to: file) }
        }
    }
}

extension Resources {
    /// True where anything but device rules is asked for.
    var asksForLimits: Bool {
        memory != nil || cpu != nil || pidsLimit != nil || blockIO != nil || !hugepages.isEmpty
            || network != nil || !rdma.isEmpty || !unified.isEmpty
    }
}
