import Glibc
import Kernel

/// The program of a vPod's first container, which holds the namespaces that the others join. It is this very
/// program, bound to a path of its own in there.
enum Pause {
    /// Its place in the container, and its one argument.
    static let path = "/docklock-pause"

    /// Waits to be ended, and where the vPod shares its process ids, takes leave of orphans.
    static func keep() -> Never {
        Processes.rename("docklock-pause")
        var awaited = sigset_t()
        sigemptyset(&awaited)
        for number in [SIGCHLD, SIGTERM, SIGINT] { sigaddset(&awaited, number) }
        sigprocmask(SIG_BLOCK, &awaited, nil)
        while true {
            var number: Int32 = 0
            sigwait(&awaited, &number)
            if number != SIGCHLD { Output.end(0) }
            while waitpid(-1, nil, WNOHANG) > 0 {}
        }
    }
}
