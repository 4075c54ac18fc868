/* Who the process is, where it stands, and what it may ask of the kernel. */
#include "internal.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

/* Writes that must reach the kernel go through the host's own /proc, opened before the container could
 * lay anything over it (CVE-2019-19921, CVE-2025-52881). A NULL name only opens /proc itself. */
int dl_self_file(struct walk *walk, const char *name, int flags)
{
    struct statfs kind;
    if (walk->proc < 0) {
        int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (proc < 0)
            return -errno;
        if (fstatfs(proc, &kind) < 0 || kind.f_type != PROC_SUPER_MAGIC) {
            close(proc);
            return -ENODEV;
        }
        walk->proc = proc;
    }
    if (!name)
        return 0;
    int fd = openat(walk->proc, name, flags | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fstatfs(fd, &kind) < 0 || kind.f_type != PROC_SUPER_MAGIC) {
        close(fd);
        return -ENODEV;
    }
    return fd;
}

static int put_file(struct walk *walk, const char *folder, const char *name, const char *value)
{
    char path[PATH_MAX];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
        return -ENAMETOOLONG;
    int fd = dl_self_file(walk, path, O_WRONLY);
    if (fd < 0)
        return fd;
    int result = write(fd, value, strlen(value)) < 0 ? -errno : 0;
    close(fd);
    return result;
}

int dl_step_put(struct walk *walk, const struct dl_step *step)
{
    /* The files of an undumpable process are the host root's, which a user namespace's root is not. */
    if (step->n[1])
        prctl(PR_SET_DUMPABLE, 1);
    int result = put_file(walk, "self", dl_text(walk, step, 0), dl_text(walk, step, 1));
    if (step->n[1])
        prctl(PR_SET_DUMPABLE, 0);
    return result == -ENOENT && step->n[0] ? 0 : result;
}

int dl_step_sysctl(struct walk *walk, const struct dl_step *step)
{
    return put_file(walk, "sys", dl_text(walk, step, 0), dl_text(walk, step, 1));
}

int dl_step_loopback(struct walk *walk, const struct dl_step *step)
{
    (void)walk, (void)step;
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int result = ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
    close(fd);
    return result;
}

/* System calls, not the C library's functions: those would signal threads that this process lacks. */
static int set_ids(uid_t uid, gid_t gid)
{
    if (syscall(SYS_setresgid, gid, gid, gid) < 0 || syscall(SYS_setresuid, uid, uid, uid) < 0)
        return -errno;
    return 0;
}

int dl_step_become(struct walk *walk, const struct dl_step *step)
{
    (void)walk;
    /* Without a mapping of gid 0 or with setgroups denied the groups stay, which the maps allow. */
    if (step->n[2] && syscall(SYS_setgroups, 0, NULL) < 0 && errno != EPERM)
        return -errno;
    int result = set_ids((uid_t)step->n[0], (gid_t)step->n[1]);
    prctl(PR_SET_DUMPABLE, 0);
    return result;
}

int dl_step_bounding(struct walk *walk, const struct dl_step *step)
{
    (void)walk;
    for (int number = 0; number < 64; number++) {
        if (step->n[0] >> number & 1)
            continue;
        int held = prctl(PR_CAPBSET_READ, number, 0, 0, 0);
        if (held < 0)
            break;
        if (held && prctl(PR_CAPBSET_DROP, number, 0, 0, 0) < 0)
            return -errno;
    }
    return 0;
}

int dl_step_user(struct walk *walk, const struct dl_step *step)
{
    const char *groups = dl_text(walk, step, 0);
    if (!step->n[2] && syscall(SYS_setgroups, step->count, groups) < 0)
        return -errno;
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        return -errno;
    int result = set_ids((uid_t)step->n[0], (gid_t)step->n[1]);
    prctl(PR_SET_DUMPABLE, 0);
    return result;
}

int dl_step_capabilities(struct walk *walk, const struct dl_step *step)
{
    (void)walk;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2], held[2];
    if (syscall(SYS_capget, &header, held) < 0)
        return -errno;
    for (int i = 0; i < 2; i++) {
        data[i].effective = (uint32_t)(step->n[0] >> 32 * i);
        data[i].permitted = (uint32_t)(step->n[1] >> 32 * i);
        data[i].inheritable = (uint32_t)(step->n[2] >> 32 * i);
        /* What this process never had can't be given; crun and runc let it go likewise. */
        data[i].permitted &= held[i].permitted;
        data[i].effective &= data[i].permitted;
        data[i].inheritable &= held[i].permitted | held[i].inheritable;
    }
    if (syscall(SYS_capset, &header, data) < 0)
        return -errno;
    if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
        return -errno;
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (int number = 0; number < 64; number++) {
        if (!(step->n[3] >> number & 1))
            continue;
        bool may = data[number / 32].permitted & data[number / 32].inheritable & 1u << number % 32;
        if (may && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0)
            return -errno;
    }
    return 0;
}

/* The listener is sent by the filtered process itself: who listens must let sendmsg pass. All else is done
 * before the filter may ask somebody who isn't listening yet. */
int dl_step_filter(struct walk *walk, const struct dl_step *step)
{
    struct sock_fprog program = {.filter = (struct sock_filter *)(walk->base + step->s[0])};
    size_t length = step->count / sizeof(struct sock_filter);
    long flags = (long)step->n[0];
    void *text = NULL;
    struct stat status = {0};
    if (length > BPF_MAXINSNS)
        return -E2BIG;
    program.len = (unsigned short)length;
    if (step->n[1]) {
        flags |= (long)SECCOMP_FILTER_FLAG_NEW_LISTENER;
        if (fstat(walk->slots[step->n[2] + 1], &status) < 0)
            return -errno;
        text = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, walk->slots[step->n[2] + 1], 0);
        if (text == MAP_FAILED)
            return -errno;
    }
    int listener = (int)dl_syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, (long)&program, 0, 0, 0);
    if (listener < 0 || !step->n[1])
        return listener;
    int result = dl_send(walk->slots[step->n[2]], text, (size_t)status.st_size, &listener, 1);
    close(listener);
    close(walk->slots[step->n[2]]);
    return result;
}

int dl_step_cwd(struct walk *walk, const struct dl_step *step)
{
    const char *path = dl_text(walk, step, 0);
    char here[PATH_MAX];
    if (step->n[0]) {
        int made = dl_make_target(walk, path, false, 0);
        if (made >= 0)
            close(made);
    }
    if (chdir(path) < 0)
        return -errno;
    /* A directory outside the root, reached through a leaked descriptor, has no path here
     * (CVE-2024-21626): the kernel then answers "(unreachable)". */
    long length = syscall(SYS_getcwd, here, sizeof here);
    if (length < 0)
        return -errno;
    return here[0] == '/' ? 0 : -ENOENT;
}

/* A line of passwd(5); true where it is the user's. */
static bool take_home(struct walk *walk, char *line, uint64_t uid)
{
    char *rest = line, *fields[6], *end;
    int count = 0;
    while (count < 6 && rest)
        fields[count++] = strsep(&rest, ":");
    if (count < 6 || *fields[2] < '0' || *fields[2] > '9' || strtoull(fields[2], &end, 10) != uid || *end)
        return false;
    if (*fields[5] == '/')
        snprintf(walk->home, sizeof walk->home, "HOME=%.4000s", fields[5]);
    return true;
}

/* HOME of the user, as /etc/passwd of the container has it; "/" where it has none. */
int dl_step_home(struct walk *walk, const struct dl_step *step)
{
    char line[4096], block[4096];
    strcpy(walk->home, "HOME=/");
    int fd = dl_in_root(walk, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0)
        return 0;
    size_t used = 0;
    bool found = false;
    ssize_t have = 0;
    /* The file is the container's: of one without end, a megabyte is read. */
    for (int blocks = 0; blocks < 256 && !found && (have = read(fd, block, sizeof block)) > 0; blocks++) {
        for (ssize_t next = 0; next < have && !found; next++) {
            if (block[next] != '\n') {
                if (used < sizeof line - 1)
                    line[used++] = block[next];
                continue;
            }
            line[used] = 0;
            used = 0;
            found = take_home(walk, line, step->n[0]);
        }
    }
    /* The last line may lack its end. */
    line[used] = 0;
    if (!found && have == 0)
        take_home(walk, line, step->n[0]);
    close(fd);
    return 0;
}

static const char *environment(const struct walk *walk, const char *name)
{
    const char *at = (const char *)walk->base + walk->exec->s[1];
    size_t length = strlen(name);
    for (uint64_t i = 0; i < walk->exec->n[1]; i++, at += strlen(at) + 1)
        if (strncmp(at, name, length) == 0 && at[length] == '=')
            return at + length + 1;
    return NULL;
}

static int runnable(const char *path)
{
    struct stat status;
    if (stat(path, &status) < 0)
        return -errno;
    if (S_ISDIR(status.st_mode))
        return -EISDIR;
    if (!S_ISREG(status.st_mode))
        return -EACCES;
    return access(path, X_OK) < 0 ? -errno : 0;
}

int dl_step_resolve(struct walk *walk, const struct dl_step *step)
{
    (void)step;
    const char *name = (const char *)walk->base + walk->exec->s[0];
    const char *path = environment(walk, "PATH");
    int worst = -ENOENT;
    if (strchr(name, '/') || !*name) {
        if ((size_t)snprintf(walk->program, sizeof walk->program, "%s", name) >= sizeof walk->program)
            return -ENAMETOOLONG;
        return *name ? runnable(name) : -ENOENT;
    }
    if (!path || !*path)
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    while (*path) {
        size_t length = strcspn(path, ":");
        int size = (int)length;
        /* An empty part is the working directory. */
        const char *here = size ? "" : ".";
        if ((size_t)snprintf(walk->program, sizeof walk->program, "%.*s%s/%s", size, path, here, name) <
            sizeof walk->program) {
            int result = runnable(walk->program);
            if (result == 0)
                return 0;
            if (result == -EACCES)
                worst = result;
        }
        path += length + (path[length] == ':');
    }
    return worst;
}

static char **pointers(struct walk *walk, uint32_t first, uint32_t text, uint64_t count)
{
    char **list = (char **)(walk->base + walk->blob->pointers) + first;
    char *at = (char *)walk->base + text;
    for (uint64_t i = 0; i < count; i++, at += strlen(at) + 1)
        list[i] = at;
    list[count] = NULL;
    return list;
}

int dl_step_hook(struct walk *walk, const struct dl_step *step)
{
    char **args = pointers(walk, 0, step->s[1], step->n[0]);
    char **env = pointers(walk, (uint32_t)step->n[0] + 1, step->s[2], step->n[1]);
    int input = step->slot >= 0 ? walk->slots[step->slot] : -1;
    /* Hooks of createContainer find the container's files around them, as with runc and crun. */
    if (step->slot == 0 && fchdir(walk->root) < 0)
        return -errno;
    int status = dl_run(dl_text(walk, step, 0), args, env, input, -1, (unsigned)step->n[2]);
    if (status <= 0)
        return status;
    walk->status = status;
    return -ECHILD;
}

int dl_step_exec(struct walk *walk, const struct dl_step *step)
{
    uint32_t args_count = (uint32_t)step->n[0];
    char **args = pointers(walk, 0, step->s[0], step->n[0]);
    char **env = pointers(walk, args_count + 1, step->s[1], step->n[1]);
    if (walk->home[0]) {
        env[step->n[1]] = walk->home;
        env[step->n[1] + 1] = NULL;
    }
    signal(SIGPIPE, SIG_DFL);
    execve(walk->program, args, env);
    return -errno;
}

static int send_master(struct walk *walk, int socket, int master)
{
    static const char name[] = "/dev/ptmx";
    if (socket >= 0) {
        int result = dl_send(socket, name, sizeof name - 1, &master, 1);
        close(socket);
        return result;
    }
    struct dl_message message = {.kind = DL_TERMINAL, .step = walk->at};
    return dl_send(walk->socket, &message, sizeof message, &master, 1);
}

static int bind_console(const struct walk *walk, int slave)
{
    char path[64];
    snprintf(path, sizeof path, "self/fd/%d", slave);
    int tree = open_tree(walk->proc, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0)
        return -errno;
    char last[NAME_MAX + 1];
    int above = dl_parent_in_root(walk, "/dev/console", last);
    if (above < 0)
        return above;
    /* Never through a symbolic link that the image put there (CVE-2025-52565). */
    int made = openat(above, last, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0620);
    if (made >= 0)
        close(made);
    int target = openat(above, last, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;
    int result = target < 0 ? -errno : 0;
    if (result == 0 && (fstat(target, &status) < 0 || S_ISLNK(status.st_mode) || S_ISDIR(status.st_mode)))
        result = -ELOOP;
    if (result == 0)
        result = dl_bind_fd(tree, target);
    if (target >= 0)
        close(target);
    close(above);
    close(tree);
    return result;
}

/* The multiplexer at a path, looked at before it is opened: opening another device could do things. */
static int open_multiplexer(struct walk *walk, int found)
{
    char path[64];
    struct stat status;
    if (found < 0)
        return found;
    if (fstat(found, &status) < 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(5, 2)) {
        close(found);
        return -ENODEV;
    }
    snprintf(path, sizeof path, "self/fd/%d", found);
    int master = openat(walk->proc, path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    int result = master < 0 ? -errno : master;
    close(found);
    return result;
}

/* The terminal belongs to the container's own devpts where it has one, so that its name is true inside. */
int dl_step_console(struct walk *walk, const struct dl_step *step)
{
    int unlocked = 0;
    int master = open_multiplexer(walk, dl_in_root(walk, "/dev/pts/ptmx", O_PATH, 0));
    if (master < 0)
        master = open_multiplexer(walk, open("/dev/ptmx", O_PATH | O_CLOEXEC));
    if (master < 0)
        return master;
    if (ioctl(master, TIOCSPTLCK, &unlocked) < 0)
        return -errno;
    int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        return -errno;
    if (step->n[0] || step->n[1]) {
        int result = dl_window_set(slave, (unsigned short)step->n[0], (unsigned short)step->n[1]);
        if (result < 0)
            return result;
    }
    /* The process's user must be able to reopen it; a rootless map may know no such user. */
    bool owned = fchown(slave, (uid_t)step->n[3], (gid_t)-1) == 0;
    if (!owned && errno != EPERM && errno != EINVAL && errno != EROFS)
        return -errno;
    int result = step->n[2] ? bind_console(walk, slave) : 0;
    if (result < 0)
        return result;
    result = send_master(walk, step->fd, master);
    close(master);
    if (result < 0)
        return result;
    if (ioctl(slave, TIOCSCTTY, 0) < 0)
        return -errno;
    for (int fd = 0; fd < 3; fd++)
        if (dup2(slave, fd) < 0)
            return -errno;
    close(slave);
    return 0;
}
