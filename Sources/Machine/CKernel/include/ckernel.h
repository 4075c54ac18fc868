/*
 * The only C of the house: what runs between clone and exec, and the system calls that Swift can't say.
 *
 * A container's child re-executes this program as `docklock-init FD`. A constructor catches that before
 * Swift starts and walks a flat list of steps out of the sealed blob behind FD: it allocates nothing,
 * and every failure goes back as (step, errno) over a socket. The parent turns it into words.
 *
 * Every function returns -errno on failure.
 */
#ifndef CKERNEL_H
#define CKERNEL_H

#include <stddef.h>
#include <stdint.h>
/* For Swift: its importer sees what is included here. */
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/types.h>

#define DL_MAGIC 0x444c4b31u
#define DL_SLOTS 8

/* Operations of a step. The comment names the members used; in root = resolved beneath the new root. */
enum dl_op {
    DL_SETSID = 1,
    DL_JOIN = 2,        /* fd, n0 = CLONE_NEW* bits (a namespace or a pidfd) */
    DL_UNSHARE = 3,     /* n0 = CLONE_NEW* bits */
    DL_FORK = 4,        /* a sibling goes on, its pid is sent; enters new pid and time namespaces */
    DL_ASK = 5,         /* n0 = phase, n1 = first slot for the descriptors of the answer, or
                           DL_SLOTS where none come */
    DL_ENTER = 6,       /* s0 = a cgroup's file that takes "0" */
    DL_BECOME = 7,      /* n0 = uid, n1 = gid while setting up; n2 = 1 drops the groups too */
    DL_HOSTNAME = 8,    /* s0 */
    DL_DOMAINNAME = 9,  /* s0 */
    DL_LOOPBACK = 10,
    DL_KEYRING = 11,    /* s0 = name of the new session keyring */
    DL_PROPAGATE = 12,  /* n0 = MS_* for every mount of the namespace */
    DL_ROOT = 13,       /* s0 = path, fd = tree or -1, n0 = 1: bind it onto itself */
    DL_MOUNT = 14,      /* s0 source, s1 destination in root, s2 type, s3 data, n0 MS_*, n1/n2
                           attributes set and cleared recursively, n4 DL_AT_*, count = propagation */
    DL_BIND = 15,       /* fd tree or -1, s0 source, s1 destination in root, n0/n1 attributes set and
                           cleared, n2/n3 recursively, n4 DL_AT_*, count as above */
    DL_DIRECTORY = 16,  /* s0 in root, n0 = mode */
    DL_SYMLINK = 17,    /* s0 target, s1 in root */
    DL_DEVICE = 18,     /* s0 in root, n0 mode and type, n1 dev_t, n2 uid, n3 gid, n4 = 1: bind the host's */
    DL_CONSOLE = 19,    /* fd = console socket or -1 (sent to the parent), n0 rows, n1 columns, n2 = 1:
                           bind on /dev/console, n3 = owner */
    DL_PIVOT = 20,      /* n0: 0 pivot_root, 1 move and chroot, 2 chroot only */
    DL_ATTRIBUTES = 21, /* s0 in root, n0 attributes to set, n1 propagation, n2 = 1 recursive, n3 to clear */
    DL_MASK = 22,       /* s0 */
    DL_READONLY = 23,   /* s0 */
    DL_SYSCTL = 24,     /* s0 below /proc/sys, s1 value */
    DL_PUT = 25,        /* s0 below /proc/self, s1 value, n0 = 1: its absence is no error, n1 = 1:
                           dumpable for it */
    DL_RLIMIT = 26,     /* n0 resource, n1 soft, n2 hard */
    DL_SCHEDULER = 27,  /* s0 = struct sched_attr, count bytes */
    DL_IOPRIO = 28,     /* n0 */
    DL_AFFINITY = 29,   /* s0 = mask, count bytes */
    DL_PERSONALITY = 30, /* n0 */
    DL_MEMPOLICY = 31,  /* n0 mode, s0 = mask of longs, count bits */
    DL_UMASK = 32,      /* n0 */
    DL_BOUNDING = 33,   /* n0 = capabilities kept */
    DL_USER = 34,       /* n0 uid, n1 gid, s0 = gid_t array, count; n2 = 1: the groups stay as they are */
    DL_CAPABILITIES = 35, /* n0 effective, n1 permitted, n2 inheritable, n3 ambient */
    DL_NO_NEW_PRIVILEGES = 36,
    DL_FILTER = 37,     /* s0 = program, count bytes, n0 flags, n1 = 1: the listener goes to slot n2's socket
                           with the bytes behind slot n2 + 1 */
    DL_CWD = 38,        /* s0, n0 = 1: made where it is missing */
    DL_HOME = 39,       /* n0 = uid whose HOME is looked up in /etc/passwd */
    DL_RESOLVE = 40,    /* finds the program of DL_EXEC along PATH */
    DL_HOOK = 41,       /* s0 path, s1 args, n0 of them, s2 env, n1 of them, n2 seconds or 0,
                           slot = its stdin */
    DL_WAIT = 42,       /* fd: reads one byte */
    DL_CLOSE = 43,      /* n0 = first descriptor that the container doesn't keep */
    DL_EXEC = 44,       /* s0 args, n0 of them, s1 env, n1 of them */
    DL_CHROOT = 45,     /* fd */
    DL_SUPER = 46,      /* s0 destination in root, s1 data, n0 MS_*: remounts what is mounted there */
};

/* DL_AT_*: how a mount is made. */
enum {
    DL_AT_RECURSIVE = 1,   /* the source with the mounts below it */
    DL_AT_NOFOLLOW = 2,    /* no symbolic link on the way to the destination */
    DL_AT_COPY_UP = 4,     /* the destination's files are copied into the new mount */
    DL_AT_FILE = 8,        /* a missing destination becomes a file */
    DL_AT_SOURCE_NOFOLLOW = 16,
    DL_AT_IN_PROC = 32,       /* the destination may lie in procfs */
    DL_AT_DEST_NOFOLLOW = 64, /* the last component of the destination is not followed */
};

struct dl_step {
    uint32_t op;
    int32_t fd;
    uint64_t n[5];
    uint32_t s[4]; /* offsets into the blob; 0 = absent */
    uint32_t count;
    int32_t slot;
};

struct dl_blob {
    uint32_t magic;
    uint32_t size;
    int32_t socket;
    uint32_t steps;    /* how many follow this header */
    uint32_t pointers; /* offset of room for argument pointers, at the blob's end */
    uint32_t args;     /* pointers that fit there */
};

/* What goes over the socket. */
enum dl_kind { DL_ASKS = 1, DL_FAILED = 2, DL_FORKED = 3, DL_TERMINAL = 4, DL_GO = 5 };

struct dl_message {
    uint32_t kind;
    uint32_t step;
    int32_t error; /* errno, or 0 with value a hook's wait status */
    int32_t value; /* phase, pid or status */
};

/* The raw system call; -errno on failure. */
long dl_syscall(long nr, long a, long b, long c, long d, long e, long f);

struct dl_spawn {
    int self;           /* the program as an open file */
    int blob;
    const int *keep;    /* descriptors that the child inherits */
    size_t kept;
    uint64_t flags;     /* CLONE_NEW* bits */
    int cgroup;         /* of the unified tree, or -1 */
    int pidfd;          /* out */
};

/* Starts the walker; returns its pid. */
pid_t dl_spawn(struct dl_spawn *spawn);

/* A descriptor of this very program that can't lead to writing it: a detached read-only mount, or a
 * sealed copy in memory. */
int dl_readonly_self(void);

/* Sends one message with up to four descriptors, receives one (descriptors set to -1 where none came).
 * Receiving returns the bytes received, 0 at the end. */
int dl_send(int socket, const void *bytes, size_t size, const int *fds, size_t count);
ssize_t dl_receive(int socket, void *bytes, size_t size, int *fds, size_t count);

/* Runs a program with `input` as its stdin and waits: its wait status, -ETIMEDOUT after `seconds` (0 =
 * never), or -errno. An empty environment stands for the caller's own. */
int dl_run(const char *path, char *const argv[], char *const envp[], int input, int output, unsigned seconds);

/* A user namespace with these maps, held by nobody but the descriptor. */
int dl_user_namespace(const char *uid_map, const char *gid_map);

// Unmaps what is mapped of the program's own code and constants, up to the first writable page. Nothing
// is lost: it is read-only and comes back from the page cache, page by page, as it is touched again.
void dl_release_code(void);

/* Numbers that Swift's importer can't see. */
int dl_window_get(int fd, unsigned short *rows, unsigned short *columns);
int dl_window_set(int fd, unsigned short rows, unsigned short columns);
int dl_open_tree(int directory, const char *path, int recursive, int nofollow);
int dl_tree_slave(int fd, int recursive);
int dl_pidfd_open(pid_t pid);
int dl_pidfd_send_signal(int pidfd, int number);
int dl_memfd(const char *name);
int dl_seal(int fd);
int dl_wait_pidfd(int pidfd, int *status, int block);
int dl_tree_map(int fd, int recursive, int userns);
pid_t dl_child_of(const void *siginfo); /* si_pid, which the importer hides in a union */
int dl_exited(int status);   /* exit code, 128 + n for a signal */

#endif
