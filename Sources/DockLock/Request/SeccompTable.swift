/// The default profile: system calls by what they need. What no group names is answered with ENOSYS, as if
/// the kernel were older: io_uring, and whatever later kernels bring.
enum SeccompTable {
    struct Group {
        /// Names, one space between two.
        let names: StaticString
        /// Number of the capability that it takes; the group is refused with EPERM without it.
        let capability: UInt64
    }

    /// For every container.
    static let allowed: StaticString = """
        _llseek _newselect accept accept4 access adjtimex alarm bind brk capget capset chdir chmod chown \
        chown32 clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime \
        clock_gettime64 clock_nanosleep clock_nanosleep_time64 close close_range connect copy_file_range \
        creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 \
        epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 \
        fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchown fchown32 fchownat \
        fcntl fcntl64 fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstat64 \
        fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futex futex_time64 futimesat get_mempolicy \
        get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid getegid32 geteuid \
        geteuid32 getgid getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid \
        getppid getpriority getrandom getresgid getresgid32 getresuid getresuid32 getrlimit getrusage \
        getsid getsockname getsockopt gettid gettimeofday getuid getuid32 getxattr inotify_add_watch \
        inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_setup io_submit \
        ioctl ioprio_get ioprio_set ipc kill landlock_add_rule landlock_create_ruleset \
        landlock_restrict_self lchown lchown32 lgetxattr link linkat listen listxattr llistxattr \
        lremovexattr lseek lsetxattr lstat lstat64 madvise mbind membarrier memfd_create memfd_secret \
        mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap mmap2 mprotect mq_getsetattr \
        mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 \
        mq_unlink mremap msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at \
        nanosleep newfstatat open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc \
        pkey_free pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2 prlimit64 \
        process_mrelease process_vm_readv process_vm_writev pselect6 pselect6_time64 ptrace pwrite64 \
        pwritev pwritev2 read readahead readdir readlink readlinkat readv recv recvfrom recvmmsg \
        recvmmsg_time64 recvmsg remap_file_pages removexattr rename renameat renameat2 restart_syscall \
        rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend \
        rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max \
        sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler \
        sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam \
        sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop semtimedop_time64 \
        send sendfile sendfile64 sendmmsg sendmsg sendto set_mempolicy set_robust_list set_thread_area \
        set_tid_address setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 \
        setitimer setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 \
        setreuid setreuid32 setrlimit setsid setsockopt setuid setuid32 setxattr shmat shmctl shmdt shmget \
        shutdown sigaction sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigreturn \
        sigsuspend socketpair splice stat stat64 statfs statfs64 statx symlink symlinkat sync \
        sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun \
        timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd timerfd_create timerfd_gettime \
        timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate truncate64 ugetrlimit \
        umask uname unlink unlinkat utime utimensat utimensat_time64 utimes vfork wait4 waitid waitpid \
        write writev
        """

    static let allowedOnX86: StaticString = "arch_prctl modify_ldt"

    static let allowedOnARM: StaticString = """
        arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2
        """

    /// For no container: EPERM, since programs take ENOSYS of calls this old for a broken kernel.
    static let denied: StaticString = """
        add_key bdflush io_pgetevents kexec_file_load kexec_load keyctl migrate_pages move_pages \
        nfsservctl nice oldfstat oldlstat oldolduname oldstat olduname pciconfig_iobase pciconfig_read \
        pciconfig_write request_key sgetmask ssetmask swapcontext swapoff swapon sysfs uselib userfaultfd \
        ustat vm86 vm86old vmsplice
        """

    /// Making namespaces and mounts is CAP_SYS_ADMIN's, since a new user namespace opens the kernel's
    /// privileged paths to everybody.
    static let capable: [Group] = [
        Group(
            names: """
                bpf fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr \
                move_mount open_tree perf_event_open pivot_root quotactl setdomainname sethostname setns \
                umount umount2 unshare
                """, capability: 21),
        Group(names: "open_by_handle_at", capability: 2),
        Group(names: "delete_module finit_module init_module query_module", capability: 16),
        Group(names: "ioperm iopl", capability: 17),
        Group(names: "chroot", capability: 18),
        Group(names: "kcmp pidfd_getfd process_madvise", capability: 19),
        Group(names: "acct", capability: 20),
        Group(names: "reboot", capability: 22),
        Group(names: "clock_settime clock_settime64 settimeofday stime", capability: 25),
        Group(names: "vhangup", capability: 26),
        Group(names: "syslog", capability: 34),
    ]

    /// CAP_SYS_ADMIN and CAP_AUDIT_WRITE.
    static let administration: UInt64 = 21
    static let auditing: UInt64 = 29

    /// The CLONE_NEW* bits that clone(2) knows.
    static let namespaceFlags: UInt64 = 0x7E02_0000

    /// What personality(2) may be: Linux, 32 bits, both with and without fixed addresses, and the question.
    static let personalities: [UInt64] = [0, 8, 0x2_0000, 0x2_0008, 0xFFFF_FFFF]

    /// Families of sockets: unix, inet, inet6, packet. All 64 bits are compared, so that nothing hides in
    /// those that the kernel drops.
    static let families: [UInt64] = [1, 2, 10, 17]
    static let netlink: UInt64 = 16
    /// Protocols of netlink: those below audit's, and connector, netfilter, uevents, generic, RDMA.
    static let audit: UInt64 = 9
    static let netlinkProtocols: [UInt64] = [10, 11, 12, 15, 16, 20]
}
