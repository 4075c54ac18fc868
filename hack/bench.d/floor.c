// The floor under `run`: a minimal program that makes, once, the system calls which the bundle of
// hack/bench.d/bundles.py asks of a runtime, and nothing else. It reads no configuration and keeps no
// state but one file, so it says what the kernel alone costs.
//
//   floor ROOTFS CGROUP STATEFILE [FILTER]     FILTER: a compiled seccomp program, as exported by libseccomp

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(call) \
    do { \
        if ((call) < 0) { \
            dprintf(2, "floor: %s: %s\n", #call, strerror(errno)); \
            _exit(125); \
        } \
    } while (0)

#define QUIET (MS_NOSUID | MS_NOEXEC | MS_NODEV)

static struct {
    char folder[64], options[64];
} trees[16];
static int tree_count;
static char unified[64];

// Finds the cgroup hierarchies, as a runtime must before it can make cgroups.
static void find_trees(void) {
    static char text[65536];
    int file = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    ssize_t used = 0, got;
    MUST(file);
    while ((got = read(file, text + used, sizeof text - 1 - (size_t)used)) > 0) used += got;
    close(file);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        char *tail = strstr(line, " - cgroup"), folder[64];
        if (!tail || sscanf(line, "%*s %*s %*s %*s %63s", folder) != 1) continue;
        if (!strncmp(tail, " - cgroup2", 10)) {
            strcpy(unified, folder);
            continue;
        }
        strcpy(trees[tree_count].folder, folder);
        const char *name = strrchr(folder, '/') + 1;
        sprintf(trees[tree_count++].options, strcmp(name, "systemd") ? "%s" : "none,name=%s", name);
    }
}

static void put(int folder, const char *name, const char *text) {
    int file = openat(folder, name, O_WRONLY | O_CLOEXEC);
    MUST(file);
    MUST(write(file, text, strlen(text)));
    close(file);
}

static const char *const device_rules[] = {
    "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm",
    "c 5:1 rwm",
    "c 5:2 rwm", "c 136:* rwm",
};

// Makes the cgroup in one hierarchy, sets what the bundle asks, and moves the child there.
static void enter_tree(const char *tree, const char *name, const char *pid) {
    char path[160], text[256];
    sprintf(path, "%s/%s", tree, name);
    MUST(mkdir(path, 0755));
    int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    MUST(folder);
    if (strstr(tree, "/cpuset")) {
        const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
        for (int i = 0; i < 2; i++) {
            sprintf(path, "%s/%s", tree, files[i]);
            int from = open(path, O_RDONLY | O_CLOEXEC);
            MUST(from);
            ssize_t size = read(from, text, sizeof text - 1);
            MUST(size);
            close(from);
            text[size] = 0;
            put(folder, files[i], text);
        }
    } else if (strstr(tree, "/devices")) {
        put(folder, "devices.deny", "a");
        for (size_t i = 0; i < sizeof device_rules / sizeof *device_rules; i++)
            put(folder, "devices.allow", device_rules[i]);
    } else if (strstr(tree, "/pids")) {
        put(folder, "pids.max", "2048");
    }
    put(folder, "cgroup.procs", pid);
    close(folder);
}

static void devices(void) {
    static const struct {
        const char *name;
        int major, minor;
    } nodes[] = {{"dev/null", 1, 3}, {"dev/zero", 1, 5}, {"dev/full", 1, 7}, {"dev/random", 1, 8},
                 {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
    static const char *const links[][2] = {{"/proc/self/fd", "dev/fd"}, {"/proc/self/fd/0", "dev/stdin"},
        {"/proc/self/fd/1", "dev/stdout"}, {"/proc/self/fd/2", "dev/stderr"}, {"pts/ptmx", "dev/ptmx"}};
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        dev_t number = makedev((unsigned)nodes[i].major, (unsigned)nodes[i].minor);
        MUST(mknod(nodes[i].name, S_IFCHR | 0666, number));
    }
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) MUST(symlink(links[i][0], links[i][1]));
}

static void mounts(const char *rootfs) {
    MUST(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
    MUST(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL));
    MUST(chdir(rootfs));
    MUST(mount("proc", "proc", "proc", 0, NULL));
    MUST(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"));
    MUST(mkdir("dev/pts", 0755));
    MUST(mkdir("dev/shm", 0755));
    MUST(mkdir("dev/mqueue", 0755));
    MUST(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
               "newinstance,ptmxmode=0666,mode=0620,gid=5"));
    MUST(mount("shm", "dev/shm", "tmpfs", QUIET, "mode=1777,size=65536k"));
    MUST(mount("mqueue", "dev/mqueue", "mqueue", QUIET, NULL));
    MUST(mount("sysfs", "sys", "sysfs", QUIET | MS_RDONLY, NULL));
    devices();
}

static void cgroup_mounts(void) {
    char path[128];
    MUST(mount("cgroup", "sys/fs/cgroup", "tmpfs", QUIET, "mode=755"));
    for (int i = 0; i < tree_count; i++) {
        sprintf(path, "sys/fs/cgroup/%s", strrchr(trees[i].folder, '/') + 1);
        MUST(mkdir(path, 0755));
        MUST(mount("cgroup", path, "cgroup", QUIET | MS_RDONLY, trees[i].options));
    }
    if (*unified) {
        MUST(mkdir("sys/fs/cgroup/unified", 0755));
        MUST(mount("cgroup2", "sys/fs/cgroup/unified", "cgroup2", QUIET | MS_RDONLY, NULL));
    }
    MUST(mount(NULL, "sys/fs/cgroup", NULL, MS_REMOUNT | MS_BIND | QUIET | MS_RDONLY, NULL));
}

static void shields(void) {
    static const char *const masked[] = {"/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/timer_list", "/proc/sched_debug", "/proc/acpi", "/proc/scsi", "/sys/firmware",
        "/sys/fs/selinux"};
    static const char *const fixed[] = {"/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
        "/proc/sysrq-trigger"};
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) {
        if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) < 0 && errno == ENOTDIR)
            MUST(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, NULL));
    }
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        if (mount(fixed[i], fixed[i], NULL, MS_BIND | MS_REC, NULL) == 0)
            MUST(mount(NULL, fixed[i], NULL, MS_BIND | MS_REMOUNT | QUIET | MS_RDONLY, NULL));
    }
}

static void identity(void) {
    const unsigned wanted = 0xa80425fb;  // what engines leave by default
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{wanted, wanted, 0}, {0, 0, 0}};
    for (unsigned cap = 0; cap <= 40; cap++)
        if (cap > 31 || !(wanted >> cap & 1)) MUST(prctl(PR_CAPBSET_DROP, cap, 0, 0, 0));
    MUST(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
    MUST(syscall(SYS_setgroups, 0, NULL));
    MUST(syscall(SYS_setresgid, 0, 0, 0));
    MUST(syscall(SYS_setresuid, 0, 0, 0));
    MUST(prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0));
    MUST(syscall(SYS_capset, &header, data));
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static void child(const char *rootfs, int gate, struct sock_fprog *filter) {
    struct ifreq link = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    struct rlimit files = {1024, 1024};
    char byte;
    MUST(setsid());
    MUST(syscall(SYS_keyctl, 1, "floor"));
    MUST(sethostname("bench", 5));
    int wire = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    MUST(ioctl(wire, SIOCSIFFLAGS, &link));
    close(wire);
    mounts(rootfs);
    if (read(gate, &byte, 1) != 1) _exit(125);
    MUST(unshare(CLONE_NEWCGROUP));
    cgroup_mounts();
    MUST(syscall(SYS_pivot_root, ".", "."));
    MUST(mount(NULL, ".", NULL, MS_REC | MS_SLAVE, NULL));
    MUST(umount2(".", MNT_DETACH));
    MUST(chdir("/"));
    shields();
    MUST(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
    MUST(setrlimit(RLIMIT_NOFILE, &files));
    identity();
    MUST(syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC));
    if (filter) MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter));
    char *const arguments[] = {"/bin/true", NULL}, *const environment[] = {"PATH=/bin", NULL};
    MUST(execve("/bin/true", arguments, environment));
}

int main(int count, char **words) {
    static struct sock_filter program[8192];
    struct sock_fprog filter = {0, program};
    char path[160], text[32];
    int gate[2], status;
    if (count < 4) return 125;
    if (count > 4) {
        int file = open(words[4], O_RDONLY | O_CLOEXEC);
        ssize_t size = read(file, program, sizeof program);
        MUST(size);
        close(file);
        filter.len = (unsigned short)((size_t)size / sizeof *program);
    }
    find_trees();
    struct clone_args how = {
        .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
        .exit_signal = SIGCHLD,
    };
    if (*unified) {
        sprintf(path, "%s/%s", unified, words[2]);
        MUST(mkdir(path, 0755));
        how.cgroup = (__u64)open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        how.flags |= CLONE_INTO_CGROUP;
    }
    MUST(pipe2(gate, O_CLOEXEC));
    long pid = syscall(SYS_clone3, &how, sizeof how);
    MUST(pid);
    if (pid == 0) child(words[1], gate[0], count > 4 ? &filter : NULL);
    sprintf(text, "%ld", pid);
    for (int i = 0; i < tree_count; i++) enter_tree(trees[i].folder, words[2], text);
    MUST(write(gate[1], "", 1));
    int state = open(words[3], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    MUST(write(state, text, strlen(text)));
    close(state);
    MUST(waitpid((pid_t)pid, &status, 0));
    for (int i = 0; i < tree_count; i++) {
        sprintf(path, "%s/%s", trees[i].folder, words[2]);
        MUST(rmdir(path));
    }
    if (*unified) {
        sprintf(path, "%s/%s", unified, words[2]);
        MUST(rmdir(path));
    }
    MUST(unlink(words[3]));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
