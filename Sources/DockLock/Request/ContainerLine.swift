import Verbs

extension UserLine {
    /// The container that `run` and `create` ask for, its flags held to each other.
    static func container(
        _ verb: String, _ operands: [String], _ draft: Draft
    ) throws(UsageError) -> ContainerRequest {
        var request = draft.container
        request.image = operands[0]
        request.command = Array(operands.dropFirst())
        try settle(&request, draft, verb: verb)
        try refuseConflicts(request.resources, verb: verb)
        if let problem = conflict(request) ?? wall(request) { throw UsageError(problem, verb: verb) }
        return request
    }

    /// Gives the flags that speak of one network to it.
    private static func settle(
        _ request: inout ContainerRequest, _ draft: Draft, verb: String
    ) throws(UsageError) {
        let address = draft.address
        guard address != NetworkRequest(.standard) || !draft.aliases.isEmpty else { return }
        if request.networks.isEmpty { request.networks = [address] }
        guard request.networks.count == 1 || address == NetworkRequest(.standard) else {
            throw UsageError(
                "--ip, --ip6 and --mac-address mean one network, and there are \(request.networks.count); "
                    + "write --network NAME:ip=ADDRESS", verb: verb)
        }
        for index in request.networks.indices {
            switch request.networks[index].kind {
            case .none, .host, .container, .path:
                throw UsageError("--ip, --ip6, --mac-address and --network-alias need a network", verb: verb)
            default: break
            }
            request.networks[index].aliases += draft.aliases
        }
        request.networks[0].ip = address.ip ?? request.networks[0].ip
        request.networks[0].ip6 = address.ip6 ?? request.networks[0].ip6
        request.networks[0].mac = address.mac ?? request.networks[0].mac
    }

    /// What is wrong between the flags of one container, nil where nothing is.
    private static func conflict(_ request: ContainerRequest) -> String? {
        if request.isDetached, !request.attached.isEmpty { return "--detach and --attach exclude each other" }
        if request.removesAtEnd, request.restart != .no { return "--rm and --restart exclude each other" }
        if request.replacesNamed, request.name == nil { return "--replace needs --name" }
        let health = request.health
        if health.isOff, health.test != nil || health.interval != nil {
            return "--no-healthcheck excludes the other --health flags"
        }
        if request.unsetsAll, !request.unset.isEmpty {
            return "--unsetenv-all leaves --unsetenv nothing to do"
        }
        var targets: Set<String> = []
        for mount in request.mounts where !targets.insert(mount.destination).inserted {
            return "two mounts have the destination \(mount.destination)"
        }
        return nil
    }

    /// What is wrong between a container's namespaces and what is asked of them.
    private static func wall(_ request: ContainerRequest) -> String? {
        let alone = request.networks.first { network in
            switch network.kind {
            case .none, .host, .container, .path: true
            default: false
            }
        }
        if alone != nil, request.networks.count > 1 {
            return "--network none, host, container: and ns: stand alone"
        }
        if case .container? = alone?.kind {
            if !request.ports.isEmpty || request.publishesAll {
                return "--publish is for the container that has the network"
            }
            if request.hostname != nil, request.namespaces.uts == .own {
                return "--hostname is for the container that has the network"
            }
            if !request.hosts.isEmpty || !request.dns.isEmpty {
                return "--add-host and --dns are for the container that has the network"
            }
        }
        if request.namespaces.uts != .own, request.hostname != nil || request.domainname != nil {
            return "--hostname and --domainname need --uts private"
        }
        let isMapped = !request.uidMap.isEmpty || !request.gidMap.isEmpty
        switch request.namespaces.user {
        case .host, .auto, .keepID, .noMap, .container, .path:
            if isMapped { return "--uidmap and --gidmap need --userns private" }
        default: break
        }
        if request.dns.contains("none"), request.dns.count > 1 { return "--dns none stands alone" }
        return nil
    }

    static func refuseConflicts(_ resources: ResourceRequest, verb: String) throws(UsageError) {
        let cpu = resources.limits.cpu
        if resources.nanoCPUs != nil, cpu?.quota != nil || cpu?.period != nil {
            throw UsageError("--cpus excludes --cpu-quota and --cpu-period", verb: verb)
        }
        guard let memory = resources.limits.memory else { return }
        let limit = memory.limit ?? -1
        if let swap = memory.swap, swap > 0 {
            if limit <= 0 { throw UsageError("--memory-swap needs --memory", verb: verb) }
            if swap < limit { throw UsageError("--memory-swap is less than --memory", verb: verb) }
        }
        if let reservation = memory.reservation, limit > 0, reservation > limit {
            throw UsageError("--memory-reservation is more than --memory", verb: verb)
        }
    }
}
