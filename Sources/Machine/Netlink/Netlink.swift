import Glibc
import Kernel

/// Network devices, spoken of with the kernel over rtnetlink(7).
public enum Netlink {
    /// Moves a device of this network namespace into another one, under a name there, and sets it up.
    ///
    /// Its permanent addresses of global scope go with it, as the specification asks of `netDevices`;
    /// routes, and addresses that somebody else gave for a time, stay behind.
    ///
    /// - Parameters:
    ///   - device: its name here.
    ///   - name: its name there; a name that is taken is an error.
    ///   - namespace: a descriptor of the network namespace. The calling thread visits it.
    /// - Throws: the call that failed; ENODEV where there is no such device.
    public static func move(
        device: String, name: String, intoNamespace namespace: Int32
    ) throws(SystemError) {
        let here = try Conversation()
        let index = try here.find(device)
        let there = try visit(namespace, name)
        let addresses = try here.ask(.addresses(), "list the addresses of", device)
            .compactMap { Address($0) }.filter { $0.index == index && $0.isKept }
        // A device that is up refuses a new name on kernels before 6.2.
        try here.tell(.link(index, up: false), "set down network device", device)
        try here.tell(.move(index, to: namespace, name: name), "move network device", device)
        // It may have another index there: its old one may be taken.
        let new = try there.find(name)
        for address in addresses {
            try there.tell(.add(address, to: new), "add an address to", name)
        }
        try there.tell(.link(new, up: true), "set up network device", name)
    }

    /// A conversation with the kernel about another namespace, where nothing has the name yet: the kernel
    /// moves a device first and finds out then that it cannot be named.
    private static func visit(_ namespace: Int32, _ name: String) throws(SystemError) -> Conversation {
        let home = try Descriptor.open("/proc/thread-self/ns/net", O_RDONLY)
        try SystemError.check(setns(namespace, CLONE_NEWNET), "setns", "network namespace")
        let isTaken = if_nametoindex(name) != 0
        let socket = Conversation.socket()
        try SystemError.check(setns(home.number, CLONE_NEWNET), "setns", "back")
        let there = try Conversation(socket)
        if isTaken { throw SystemError("name network device", EEXIST, name) }
        return there
    }
}
