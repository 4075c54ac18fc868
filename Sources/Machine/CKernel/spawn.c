/* Processes: the walker's birth, hooks, and the copy of this program that a container may see. */
#include "internal.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

long dl_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
    long result = syscall(nr, a, b, c, d, e, f);
    return result < 0 ? -errno : result;
}

void dl_release_code(void) {
    // The linker's marks: the file's first mapped byte, and the end of its code.
    extern const char __executable_start[], etext[];
    // Those of the constants, which only the static program names (Package.swift). The linker puts them among
    // what can be written; they are made what they are first, for what was written would be lost below.
    extern const char dl_constants[] __attribute__((weak)), dl_constants_end[] __attribute__((weak));
    static bool protected;
    uintptr_t first = (uintptr_t)__executable_start, last = (uintptr_t)etext & ~(uintptr_t)4095;
    madvise((void *)first, last - first, MADV_DONTNEED);
    first = ((uintptr_t)dl_constants + 4095) & ~(uintptr_t)4095;
    last = (uintptr_t)dl_constants_end & ~(uintptr_t)4095;
    if (first == 0 || first >= last) return;
    if (!protected) protected = mprotect((void *)first, last - first, PROT_READ) == 0;
    if (protected) madvise((void *)first, last - first, MADV_DONTNEED);
}

int dl_memfd(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd < 0 ? -errno : fd;
}

int dl_seal(int fd)
{
    int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    return fcntl(fd, F_ADD_SEALS, seals) < 0 ? -errno : 0;
}

static int sealed_copy(int from)
{
    struct stat status;
    int to = dl_memfd("docklock");
    if (to < 0)
        return to;
    if (fstat(from, &status) < 0)
        goto fail;
    for (off_t done = 0; done < status.st_size;) {
        ssize_t sent = sendfile(to, from, &done, (size_t)(status.st_size - done));
        if (sent <= 0)
            goto fail;
    }
    if (fchmod(to, 0555) < 0 || dl_seal(to) < 0)
        goto fail;
    return to;
fail:;
    int error = errno ? errno : EIO;
    close(to);
    return -error;
}

int dl_readonly_self(void)
{
    int tree = open_tree(AT_FDCWD, "/proc/self/exe", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree >= 0) {
        struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV};
        if (mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof attr) == 0)
            return tree;
        close(tree);
    }
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -errno;
    int copy = sealed_copy(file);
    close(file);
    return copy;
}

/* In line, not a call: a child that shares this stack would overwrite the address a call returns to. */
static inline __attribute__((always_inline)) long clone3(struct clone_args *args)
{
    long result;
#if defined(__x86_64__)
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"((long)SYS_clone3), "D"(args), "S"(sizeof *args)
                     : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long x0 __asm__("x0") = (long)args;
    register long x1 __asm__("x1") = sizeof *args;
    register long x8 __asm__("x8") = SYS_clone3;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x1), "r"(x8) : "memory");
    result = x0;
#else
#error "clone3 is written out for x86_64 and aarch64"
#endif
    return result;
}

/* The child shares this memory until it has executed: it may only read it. */
pid_t dl_spawn(struct dl_spawn *spawn)
{
    char number[16];
    char name[] = "docklock-init";
    snprintf(number, sizeof number, "%d", spawn->blob);
    char *const argv[] = {name, number, NULL};
    char *const envp[] = {NULL};
    int pidfd = -1;
    volatile int failure = 0;
    struct clone_args args = {
        .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | spawn->flags,
        .pidfd = (uint64_t)(uintptr_t)&pidfd,
        .exit_signal = SIGCHLD,
    };
    if (spawn->cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)spawn->cgroup;
    }
    sigset_t all, old;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    long pid = clone3(&args);
    if (pid == 0) {
        for (size_t i = 0; i < spawn->kept; i++)
            fcntl(spawn->keep[i], F_SETFD, 0);
        fcntl(spawn->blob, F_SETFD, 0);
        execveat(spawn->self, "", argv, envp, AT_EMPTY_PATH);
        failure = errno;
        _exit(127);
    }
    int error = pid < 0 ? (int)-pid : failure;
    sigprocmask(SIG_SETMASK, &old, NULL);
    if (error != 0) {
        if (pid > 0) {
            waitpid((pid_t)pid, NULL, 0);
            close(pidfd);
        }
        return -error;
    }
    spawn->pidfd = pidfd;
    return (pid_t)pid;
}

int dl_send(int socket, const void *bytes, size_t size, const int *fds, size_t count)
{
    union {
        char room[CMSG_SPACE(4 * sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 4)
        return -EINVAL;
    if (count > 0) {
        message.msg_control = control.room;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(header), fds, count * sizeof(int));
    }
    for (;;) {
        if (sendmsg(socket, &message, MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != EINTR)
            return -errno;
    }
}

ssize_t dl_receive(int socket, void *bytes, size_t size, int *fds, size_t count)
{
    union {
        char room[CMSG_SPACE(4 * sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.room,
        .msg_controllen = sizeof control.room,
    };
    ssize_t got;
    for (size_t i = 0; i < count; i++)
        fds[i] = -1;
    do
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        size_t came = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < came; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
            if (i < count)
                fds[i] = fd;
            else
                close(fd);
        }
    }
    return got;
}

/* A hook that outlived a killed runtime would go on unseen: it dies with its parent. In a session of its own
 * it can be ended with all that it started. */
static void become_hook(const char *path, char *const argv[], char *const envp[], int input, int output)
{
    sigset_t none;
    sigemptyset(&none);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    if (input >= 0) {
        lseek(input, 0, SEEK_SET);
        dup2(input, 0);
    }
    if (output >= 0) {
        dup2(output, 1);
        dup2(output, 2);
    }
    syscall(SYS_close_range, 3, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */);
    for (int number = 1; number < 32; number++)
        if (number != SIGKILL && number != SIGSTOP)
            signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(path, argv, *envp ? envp : environ);
    _exit(errno == ENOENT ? 127 : 126);
}

int dl_run(const char *path, char *const argv[], char *const envp[], int input, int output, unsigned seconds)
{
    int pidfd = -1;
    struct clone_args args = {
        .flags = CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD};
    int found = access(path, X_OK) < 0 ? errno : 0;
    if (found)
        return -found;
    long pid = clone3(&args);
    /* The filter of a container, under which its own hooks run, often has no clone3. */
    if (pid == -ENOSYS || pid == -EPERM) {
        pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, 0);
        if (pid < 0)
            pid = -errno;
    }
    if (pid < 0)
        return (int)pid;
    if (pid == 0)
        become_hook(path, argv, envp, input, output);
    struct pollfd poll_one = {.fd = pidfd, .events = POLLIN};
    int ready;
    do
        ready = poll(&poll_one, 1, seconds ? (int)(seconds > 2000000 ? 2000000 : seconds) * 1000 : -1);
    while (ready < 0 && errno == EINTR);
    if (ready <= 0) {
        kill((pid_t)-pid, SIGKILL);
        kill((pid_t)pid, SIGKILL);
    }
    int status = 0;
    pid_t waited;
    do
        waited = waitpid((pid_t)pid, &status, 0);
    while (waited < 0 && errno == EINTR);
    /* How it ended was taken by another: nobody may call that a success. */
    int error = waited < 0 ? errno : 0;
    close(pidfd);
    return ready <= 0 ? -ETIMEDOUT : error ? -error : status;
}

static int put(pid_t pid, const char *name, const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int result = write(fd, text, strlen(text)) < 0 ? -errno : 0;
    close(fd);
    return result;
}

int dl_user_namespace(const char *uid_map, const char *gid_map)
{
    struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    pid_t parent = getpid();
    long pid = clone3(&args);
    if (pid < 0)
        return (int)pid;
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent && getppid() != 0)
            _exit(1);
        for (;;)
            pause();
    }
    int result = put((pid_t)pid, "uid_map", uid_map);
    if (result == 0)
        result = put((pid_t)pid, "gid_map", gid_map);
    if (result == 0) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
        result = open(path, O_RDONLY | O_CLOEXEC);
        if (result < 0)
            result = -errno;
    }
    kill((pid_t)pid, SIGKILL);
    waitpid((pid_t)pid, NULL, 0);
    return result;
}

int dl_window_get(int fd, unsigned short *rows, unsigned short *columns)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0)
        return -errno;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 0;
}

int dl_window_set(int fd, unsigned short rows, unsigned short columns)
{
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(fd, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

int dl_open_tree(int directory, const char *path, int recursive, int nofollow)
{
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
    flags |= (recursive ? AT_RECURSIVE : 0) | (nofollow ? AT_SYMLINK_NOFOLLOW : 0);
    int fd = open_tree(directory, path, flags);
    return fd < 0 ? -errno : fd;
}

int dl_tree_slave(int fd, int recursive)
{
    struct mount_attr attr = {.propagation = MS_SLAVE};
    unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    return mount_setattr(fd, "", flags, &attr, sizeof attr) < 0 ? -errno : 0;
}

int dl_tree_map(int fd, int recursive, int userns)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns};
    unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    return mount_setattr(fd, "", flags, &attr, sizeof attr) < 0 ? -errno : 0;
}

int dl_pidfd_open(pid_t pid)
{
    return (int)dl_syscall(SYS_pidfd_open, pid, 0, 0, 0, 0, 0);
}

int dl_pidfd_send_signal(int pidfd, int number)
{
    return (int)dl_syscall(SYS_pidfd_send_signal, pidfd, number, 0, 0, 0, 0);
}

int dl_wait_pidfd(int pidfd, int *status, int block)
{
    siginfo_t info = {0};
    while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | (block ? 0 : WNOHANG)) < 0)
        if (errno != EINTR)
            return -errno;
    if (info.si_pid == 0)
        return 0;
    *status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    return 1;
}

int dl_exited(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define WORD(text) #text
#define WORD_OF(macro) WORD(macro)

const char *dl_commit(void)
{
#ifdef DL_COMMIT
    return WORD_OF(DL_COMMIT);
#else
    return NULL;
#endif
}

pid_t dl_child_of(const void *siginfo)
{
    return ((const siginfo_t *)siginfo)->si_pid;
}
