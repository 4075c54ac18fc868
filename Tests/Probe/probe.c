// What busybox cannot tell from inside a container. Static; each word of the command line prints lines.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static void scheduler(void) {
    struct attributes got = {.size = sizeof got};
    if (syscall(SYS_sched_getattr, 0, &got, sizeof got, 0) < 0)
        printf("scheduler errno=%d\n", errno);
    printf("scheduler policy=%u nice=%d priority=%u flags=%llu runtime=%llu deadline=%llu period=%llu\n",
           got.policy, got.nice, got.priority, (unsigned long long)got.flags, (unsigned long long)got.runtime,
           (unsigned long long)got.deadline, (unsigned long long)got.period);
}

static void io_priority(void) {
    long got = syscall(SYS_ioprio_get, 1, 0);
    printf("ioprio class=%ld priority=%ld\n", got >> 13, got & 7);
}

static void memory_policy(void) {
    int mode = -1;
    unsigned long nodes[16] = {0};
    if (syscall(SYS_get_mempolicy, &mode, nodes, sizeof nodes * 8, 0, 0) < 0)
        printf("mempolicy errno=%d\n", errno);
    printf("mempolicy mode=%d nodes=%lx\n", mode, nodes[0]);
}

static void clocks(void) {
    struct timespec monotonic, boot;
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    clock_gettime(CLOCK_BOOTTIME, &boot);
    printf("clocks monotonic=%ld boot=%ld\n", (long)monotonic.tv_sec, (long)boot.tv_sec);
}

static void keyring(void) {
    long session = syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3 /* session */, 0);
    char text[256] = "";
    if (session > 0)
        syscall(SYS_keyctl, 6 /* KEYCTL_DESCRIBE */, session, text, sizeof text);
    printf("keyring id=%ld errno=%d text=%s\n", session, session < 0 ? errno : 0, text);
}

static void descriptors(void) {
    printf("descriptors");
    for (int fd = 0; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            printf(" %d", fd);
    printf("\n");
}

// call NUMBER [ARGUMENT...]: one system call, its result and errno.
static void call(char **words) {
    long number = strtol(words[0], NULL, 0), values[6] = {0};
    for (int i = 0; i < 6 && words[1 + i]; i++)
        values[i] = (long)strtoull(words[1 + i], NULL, 0);
    errno = 0;
    long got = syscall(number, values[0], values[1], values[2], values[3], values[4], values[5]);
    printf("call %ld result=%ld errno=%d\n", number, got, got < 0 ? errno : 0);
}

// trap NUMBER: what the handler of SIGSYS is told.
static void told(int signal, siginfo_t *info, void *context) {
    (void)context;
    printf("trap signal=%d call=%d errno=%d\n", signal, info->si_syscall, info->si_errno);
    fflush(stdout);
    _exit(0);
}

static void trap(long number) {
    struct sigaction action = {.sa_sigaction = told, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &action, NULL);
    syscall(number);
    printf("trap none\n");
}

// hold PATH: keep this file open; once /go says so, may it be opened again for writing?
static void hold(const char *path) {
    char line[8], again[64];
    int held = open(path, O_RDONLY);
    printf("held %d errno=%d\n", held >= 0, held < 0 ? errno : 0);
    int ready = open("/ready", O_WRONLY);
    if (write(ready, "held\n", 5) < 0)
        exit(1);
    int go = open("/go", O_RDONLY);
    if (read(go, line, sizeof line) < 0)
        exit(1);
    snprintf(again, sizeof again, "/proc/self/fd/%d", held);
    int writable = held < 0 ? -1 : open(again, O_WRONLY);
    printf("writable %d errno=%d\n", writable >= 0, writable < 0 ? errno : 0);
}

// exchange A B: swap two names for ever.
static void exchange(const char *a, const char *b) {
    for (;;)
        syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2 /* RENAME_EXCHANGE */);
}

int main(int count, char **words) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < count; i++) {
        const char *word = words[i];
        if (!strcmp(word, "scheduler"))
            scheduler();
        else if (!strcmp(word, "ioprio"))
            io_priority();
        else if (!strcmp(word, "mempolicy"))
            memory_policy();
        else if (!strcmp(word, "clocks"))
            clocks();
        else if (!strcmp(word, "keyring"))
            keyring();
        else if (!strcmp(word, "descriptors"))
            descriptors();
        else if (!strcmp(word, "personality"))
            printf("personality %x\n", (unsigned)personality(0xffffffff));
        else if (!strcmp(word, "dumpable"))
            printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
        else if (!strcmp(word, "trap") && i + 1 < count)
            trap(strtol(words[++i], NULL, 0));
        else if (!strcmp(word, "hold") && i + 1 < count)
            hold(words[++i]);
        else if (!strcmp(word, "exchange") && i + 2 < count)
            exchange(words[i + 1], words[i + 2]);
        else if (!strcmp(word, "call") && i + 1 < count) {
            call(words + i + 1);
            return 0;
        } else {
            fprintf(stderr, "unknown word %s\n", word);
            return 64;
        }
    }
    return 0;
}
