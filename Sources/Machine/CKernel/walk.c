/* The walk: the constructor that catches the walker before Swift starts, and the order of steps. */
#include "internal.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

_Static_assert(sizeof(struct dl_step) == 72, "mirrored by Plan's Step");
_Static_assert(sizeof(struct dl_blob) == 24, "mirrored by Container's Blob");
_Static_assert(sizeof(struct dl_message) == 16, "one datagram");

static struct walk the_walk = {.socket = -1, .root = -1, .proc = -1, .null = -1, .empty = -1, .fifo = -1};

static int tell(struct walk *walk, uint32_t kind, int error, int value)
{
    struct dl_message message = {.kind = kind, .step = walk->at, .error = error, .value = value};
    /* write and read where no descriptor travels: the container's filter may know no other call by now. */
    return write(walk->socket, &message, sizeof message) < 0 ? -errno : 0;
}

/* Asks the parent for a go, which may bring descriptors. A parent that is gone ends the walk. */
static int ask(struct walk *walk, const struct dl_step *step)
{
    struct dl_message answer;
    int fds[4] = {-1, -1, -1, -1};
    bool bare = step->n[1] >= DL_SLOTS;
    /* A parent without privilege may only then write to this process's files, which are its own user's. */
    if (step->n[2])
        prctl(PR_SET_DUMPABLE, 1);
    int result = tell(walk, DL_ASKS, 0, (int)step->n[0]);
    if (result < 0)
        return result;
    ssize_t got = bare ? read(walk->socket, &answer, sizeof answer)
                       : dl_receive(walk->socket, &answer, sizeof answer, fds, 4);
    if (step->n[2])
        prctl(PR_SET_DUMPABLE, 0);
    if (got < (ssize_t)sizeof answer || answer.kind != DL_GO)
        return got < 0 && !bare ? (int)got : -EPIPE;
    for (unsigned i = 0; i < 4; i++)
        if (fds[i] >= 0 && step->n[1] + i < DL_SLOTS)
            walk->slots[step->n[1] + i] = fds[i];
    return 0;
}

static int enter(const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int result = write(fd, "0", 1) < 0 ? -errno : 0;
    close(fd);
    return result;
}

static int read_byte(int fd)
{
    char byte;
    ssize_t got;
    do
        got = read(fd, &byte, 1);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got == 0 ? -EPIPE : 0;
}

/* Only a child may enter the pid or time namespace made or joined before. It stays the parent's child, and
 * goes on once the parent has been told of it: its own messages must not come first. */
static int fork_sibling(struct walk *walk)
{
    int gate[2];
    if (pipe2(gate, O_CLOEXEC) < 0)
        return -errno;
    long pid = dl_syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0, 0);
    if (pid < 0)
        return (int)pid;
    if (pid > 0) {
        bool told = tell(walk, DL_FORKED, 0, (int)pid) >= 0 && write(gate[1], "", 1) == 1;
        _exit(told ? 0 : 1);
    }
    close(gate[1]);
    int result = read_byte(gate[0]);
    close(gate[0]);
    return result;
}

static int limit(const struct dl_step *step)
{
    struct rlimit value = {.rlim_cur = step->n[1], .rlim_max = step->n[2]};
    return setrlimit((int)step->n[0], &value) < 0 ? -errno : 0;
}

static int keyring(const struct walk *walk, const struct dl_step *step)
{
    /* Session keyrings are counted and refused where keyctl is not built or denied: no reason to stop. */
    long key = dl_syscall(SYS_keyctl, 1 /* JOIN_SESSION */, (long)dl_text(walk, step, 0), 0, 0, 0, 0);
    if (key == -ENOSYS)
        return 0;
    if (key < 0)
        return (int)key;
    long owned = dl_syscall(SYS_keyctl, 5 /* SETPERM */, key, 0x3f3f0000 | 0x080000, 0, 0, 0);
    return owned < 0 && owned != -EACCES ? (int)owned : 0;
}

/* The lowest descriptor from `first` on that the rest of the walk needs, or -1. None is a directory. */
static int next_needed(const struct walk *walk, int first)
{
    int next = walk->socket >= first ? walk->socket : -1;
    for (uint32_t i = walk->at + 1; i < walk->blob->steps; i++) {
        int fd = walk->steps[i].fd;
        if (fd >= first && (next < 0 || fd < next))
            next = fd;
    }
    return next;
}

/* n0 is the first descriptor that is not meant for the container. Closing on exec would be too late: the
 * program's path is looked up before, and could lead out through /proc/self/fd (CVE-2024-21626). */
static int close_from(struct walk *walk, const struct dl_step *step)
{
    int first = (int)step->n[0];
    walk->proc = walk->root = walk->null = walk->empty = -1;
    for (unsigned i = 0; i < DL_SLOTS; i++)
        walk->slots[i] = -1;
    for (int next; (next = next_needed(walk, first)) >= 0; first = next + 1) {
        if (next > first && syscall(SYS_close_range, first, next - 1, 0) < 0)
            return -errno;
        if (fcntl(next, F_SETFD, FD_CLOEXEC) < 0)
            return -errno;
    }
    return (int)dl_syscall(SYS_close_range, first, -1, 0, 0, 0, 0);
}

static int simple(struct walk *walk, const struct dl_step *step)
{
    const char *text = dl_text(walk, step, 0);
    switch (step->op) {
    case DL_SETSID: return setsid() < 0 && errno != EPERM ? -errno : 0;
    case DL_JOIN: return setns(step->fd, (int)step->n[0]) < 0 ? -errno : 0;
    case DL_UNSHARE: return unshare((int)step->n[0]) < 0 ? -errno : 0;
    case DL_FORK: return fork_sibling(walk);
    case DL_ASK: return ask(walk, step);
    case DL_ENTER: return enter(text);
    case DL_HOSTNAME: return sethostname(text, strlen(text)) < 0 ? -errno : 0;
    case DL_DOMAINNAME: return setdomainname(text, strlen(text)) < 0 ? -errno : 0;
    case DL_KEYRING: return keyring(walk, step);
    case DL_RLIMIT: return limit(step);
    case DL_SCHEDULER: return (int)dl_syscall(SYS_sched_setattr, 0, (long)text, 0, 0, 0, 0);
    case DL_IOPRIO: return (int)dl_syscall(SYS_ioprio_set, 1, 0, (long)step->n[0], 0, 0, 0);
    case DL_AFFINITY: return (int)dl_syscall(SYS_sched_setaffinity, 0, step->count, (long)text, 0, 0, 0);
    case DL_PERSONALITY: return personality((unsigned long)step->n[0]) < 0 ? -errno : 0;
    case DL_MEMPOLICY: {
        long mask = text ? (long)text : 0;
        return (int)dl_syscall(SYS_set_mempolicy, (long)step->n[0], mask, step->count, 0, 0, 0);
    }
    case DL_UMASK: umask((mode_t)step->n[0]); return 0;
    case DL_NO_NEW_PRIVILEGES: return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
    case DL_WAIT: walk->fifo = step->fd; return read_byte(step->fd);
    case DL_CLOSE: return close_from(walk, step);
    case DL_CHROOT: return fchdir(step->fd) < 0 || chroot(".") < 0 ? -errno : 0;
    default: return -EINVAL;
    }
}

static dl_step_fn *const larger[] = {
    [DL_ROOT] = dl_step_root, [DL_PROPAGATE] = dl_step_propagate, [DL_MOUNT] = dl_step_mount,
    [DL_BIND] = dl_step_bind, [DL_DIRECTORY] = dl_step_directory, [DL_SYMLINK] = dl_step_symlink,
    [DL_DEVICE] = dl_step_device, [DL_PIVOT] = dl_step_pivot, [DL_ATTRIBUTES] = dl_step_attributes,
    [DL_MASK] = dl_step_mask, [DL_READONLY] = dl_step_readonly, [DL_SUPER] = dl_step_super,
    [DL_CONSOLE] = dl_step_console, [DL_BOUNDING] = dl_step_bounding, [DL_USER] = dl_step_user,
    [DL_CAPABILITIES] = dl_step_capabilities, [DL_FILTER] = dl_step_filter, [DL_CWD] = dl_step_cwd,
    [DL_HOME] = dl_step_home, [DL_RESOLVE] = dl_step_resolve, [DL_HOOK] = dl_step_hook,
    [DL_EXEC] = dl_step_exec, [DL_LOOPBACK] = dl_step_loopback, [DL_PUT] = dl_step_put,
    [DL_SYSCTL] = dl_step_sysctl, [DL_BECOME] = dl_step_become, [DL_LABEL] = dl_step_label,
};

static int walk_step(struct walk *walk, const struct dl_step *step)
{
    if (step->op < sizeof larger / sizeof *larger && larger[step->op])
        return larger[step->op](walk, step);
    return simple(walk, step);
}

/* The parent is gone once `create` has returned: then `start` reads the fifo for what went wrong. */
static void fail(struct walk *walk, int error)
{
    if (tell(walk, DL_FAILED, error, walk->status) < 0 && walk->fifo >= 0) {
        const struct dl_step *step = &walk->steps[walk->at];
        bool hook = step->op == DL_HOOK;
        const char *what = hook ? "run the hook" : "exec";
        const char *name = hook ? dl_text(walk, step, 0) : walk->program;
        if (hook && error == ECHILD)
            dprintf(walk->fifo, "step %u, %s %s: exit status %d", walk->at + 1, what, name,
                    dl_exited(walk->status));
        else
            dprintf(walk->fifo, "step %u, %s %s: %s", walk->at + 1, what, name, strerror(error));
    }
    _exit(error == ENOENT ? 127 : 126);
}

static int map_blob(struct walk *walk, int fd)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (status.st_size < (off_t)sizeof(struct dl_blob))
        return -EINVAL;
    walk->base = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (walk->base == MAP_FAILED)
        return -errno;
    close(fd);
    walk->blob = (const struct dl_blob *)walk->base;
    walk->steps = (const struct dl_step *)(walk->base + sizeof(struct dl_blob));
    if (walk->blob->magic != DL_MAGIC || walk->blob->size != status.st_size || walk->blob->steps == 0)
        return -EINVAL;
    walk->exec = &walk->steps[walk->blob->steps - 1];
    walk->socket = walk->blob->socket;
    return 0;
}

static void restore_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < 65; number++)
        if (number != SIGKILL && number != SIGSTOP && number != 32 && number != 33)
            signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* Until exec: a parent that died must not take the last words away. */
    signal(SIGPIPE, SIG_IGN);
}

/* Whoever runs `docklock-init` by hand has no sealed blob to show, and is refused here. */
static void walker(const char *number)
{
    struct walk *walk = &the_walk;
    int fd = atoi(number);
    int seals = fcntl(fd, F_GET_SEALS);
    for (unsigned i = 0; i < DL_SLOTS; i++)
        walk->slots[i] = -1;
    if (fd < 3 || seals < 0 || !(seals & F_SEAL_WRITE) || map_blob(walk, fd) < 0) {
        dprintf(2, "docklock-init: only docklock starts this\n");
        _exit(126);
    }
    /* Nobody in the container may trace the walker or read its descriptors. */
    prctl(PR_SET_DUMPABLE, 0);
    restore_signals();
    /* Not the caller's: what the container shall have is in the plan, or this. */
    umask(0022);
    /* Before any namespace is joined, so that it is the host's; who needs it checks it. */
    (void)dl_self_file(walk, NULL, 0);
    for (walk->at = 0; walk->at < walk->blob->steps; walk->at++) {
        int result = walk_step(walk, &walk->steps[walk->at]);
        if (result < 0)
            fail(walk, -result);
    }
    fail(walk, EINVAL);
}

/* Descriptors 0 to 2 that are closed would be taken by the first files opened, and a container would
 * write into them. */
static void open_stdio(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd)
            _exit(126);
}

/* 101: the first that programs may use, before Swift's runtime has a thread or a byte of heap. */
__attribute__((constructor(101))) static void catch_walker(int argc, char **argv)
{
    open_stdio();
    /* A caller that ignores this makes the kernel throw away how children ended. */
    signal(SIGCHLD, SIG_DFL);
    if (argc == 2 && strcmp(argv[0], "docklock-init") == 0)
        walker(argv[1]);
}
