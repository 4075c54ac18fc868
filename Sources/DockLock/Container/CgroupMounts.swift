import Cgroups
import Kernel
import Plan

/// The host's cgroup trees, as the mount type `cgroup` shows them in a container.
enum CgroupMounts {
    /// `areMade` says that the container has a directory in each of them, or will have it in time.
    static func trees(
        _ host: CgroupHost, _ place: CgroupPlace, areMade: Bool = false
    ) -> [Surroundings.CgroupTree] {
        func directory(_ mount: String) -> String {
            let path = mount + place.path
            // A container without cgroups of its own sees the host's.
            return areMade || Files.exists(path) ? path : mount
        }
        if host.hierarchies.isEmpty {
            guard let mount = host.unifiedMount else { return [] }
            return [.init(name: "", options: nil, directory: directory(mount))]
        }
        var trees: [Surroundings.CgroupTree] = []
        for hierarchy in host.hierarchies {
            let name = lastComponent(hierarchy.mount)
            let links = hierarchy.controllers.filter { $0 != name && !$0.hasPrefix("name=") }
            // Not `joined`: its types would be looked up at run time.
            let options = hierarchy.controllers.dropFirst().reduce(hierarchy.controllers.first ?? "") {
                $0 + "," + $1
            }
            trees.append(
                .init(
                    name: name, options: options,
                    directory: directory(hierarchy.mount),
                    links: hierarchy.controllers.count > 1 ? links : []))
        }
        if let mount = host.unifiedMount {
            trees.append(
                .init(name: lastComponent(mount), options: nil, directory: directory(mount)))
        }
        return trees
    }

    private static func lastComponent(_ path: String) -> String {
        String(path.split(separator: "/").last ?? "")
    }
}
