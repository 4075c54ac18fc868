// Times runtimes side by side: timer ROUNDS ALIVE FOLDER DOCKLOCK FLOOR
//
// Every round runs each measure once for each subject, so that noise of the machine meets all of them
// alike. A line a sample: MEASURE SUBJECT MICROSECONDS KILOBYTES, or MEASURE SUBJECT failed.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DOCKLOCK, CRUN, RUNC, FLOOR, SUBJECTS };
static const char *const names[SUBJECTS] = {"docklock", "crun", "runc", "floor"};
static const char *programs[SUBJECTS] = {NULL, "/usr/bin/crun", "/usr/sbin/runc", NULL};
static char roots[SUBJECTS][256];
static const char *folder;
static int quiet, legacy = -1;

static void fail(const char *what) {
    fprintf(stderr, "timer: %s: %s\n", what, strerror(errno));
    exit(1);
}

// A mount namespace without the unified tree: Debian's crun refuses hosts that have both.
static int hide_unified(void) {
    int ready[2];
    char path[64], byte;
    struct stat found;
    if (stat("/sys/fs/cgroup/unified", &found) < 0) return -1;
    if (pipe2(ready, O_CLOEXEC) < 0) fail("pipe2");
    pid_t pid = fork();
    if (pid == 0) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0
            || umount2("/sys/fs/cgroup/unified", MNT_DETACH) < 0 || write(ready[1], "", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    if (read(ready[0], &byte, 1) != 1) fail("a mount namespace without the unified tree");
    sprintf(path, "/proc/%d/ns/mnt", pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return file;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

// Runs one program to its end. Returns microseconds, or -1 when it failed; its peak memory goes to *memory.
static double timed(int subject, char *const *words, long *memory) {
    struct rusage usage;
    int status;
    double begun = now();
    pid_t pid = vfork();
    if (pid == 0) {
        if (subject == CRUN && legacy >= 0 && setns(legacy, CLONE_NEWNS) < 0) _exit(126);
        dup2(quiet, 0);
        dup2(quiet, 1);
        if (!getenv("BENCH_LOUD")) dup2(quiet, 2);
        execv(words[0], words);
        _exit(127);
    }
    if (pid < 0) fail("vfork");
    while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) {}
    double taken = now() - begun;
    if (memory) *memory = usage.ru_maxrss;
    return status == 0 ? taken : -1;
}

static void sample(const char *measure, int subject, double taken, long memory, int round) {
    if (taken < 0) printf("%s %s failed\n", measure, names[subject]);
    else if (round >= 0) printf("%s %s %.1f %ld\n", measure, names[subject], taken, memory);
}

static double verb(int subject, long *memory, const char *verb, const char *a, const char *b, const char *c,
                   const char *d, const char *e) {
    const char *words[] = {programs[subject], "--root", roots[subject], verb, a, b, c, d, e, NULL};
    return timed(subject, (char *const *)words, memory);
}

static void run(const char *measure, const char *bundle, int filtered, int round) {
    char path[256], state[256], filter[256], rootfs[256], id[32];
    sprintf(path, "%s/%s", folder, bundle);
    sprintf(state, "%s/floor.state", folder);
    sprintf(filter, "%s/filter", folder);
    sprintf(rootfs, "%s/rootfs", folder);
    for (int subject = 0; subject < SUBJECTS; subject++) {
        long memory = 0;
        double taken;
        sprintf(id, "bench-%d-%d", getpid(), subject);
        if (subject == FLOOR) {
            const char *words[] = {programs[FLOOR], rootfs, id, state, filtered ? filter : NULL, NULL};
            taken = timed(subject, (char *const *)words, &memory);
        } else {
            taken = verb(subject, &memory, "run", "--bundle", path, id, NULL, NULL);
            if (taken < 0) verb(subject, NULL, "delete", "--force", id, NULL, NULL, NULL);
        }
        sample(measure, subject, taken, memory, round);
    }
}

// Ends the job and waits until it is gone; we are its reaper.
static void end(int subject, const char *id, const char *file) {
    char text[32] = "";
    int input = open(file, O_RDONLY | O_CLOEXEC);
    if (input >= 0 && read(input, text, sizeof text - 1) > 0) {
        pid_t pid = atoi(text);
        verb(subject, NULL, "kill", id, "KILL", NULL, NULL, NULL);
        struct pollfd gone = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
        if (gone.fd >= 0) poll(&gone, 1, 10000);
        close(gone.fd);
        waitpid(pid, NULL, 0);
    }
    close(input);
    unlink(file);
}

static void verbs(int round) {
    char bundle[256], file[256], id[32];
    long memory;
    double taken;
    sprintf(bundle, "%s/sleep", folder);
    sprintf(file, "%s/pid", folder);
    for (int subject = 0; subject < FLOOR; subject++) {
        sprintf(id, "bench-%d-%d", getpid(), subject);
        taken = verb(subject, &memory, "create", "--bundle", bundle, "--pid-file", file, id);
        sample("create", subject, taken, memory, round);
        taken = verb(subject, &memory, "start", id, NULL, NULL, NULL, NULL);
        sample("start", subject, taken, memory, round);
        taken = verb(subject, &memory, "state", id, NULL, NULL, NULL, NULL);
        sample("state", subject, taken, memory, round);
        taken = verb(subject, &memory, "exec", id, "/bin/true", NULL, NULL, NULL);
        sample("exec", subject, taken, memory, round);
        end(subject, id, file);
        taken = verb(subject, &memory, "delete", id, NULL, NULL, NULL, NULL);
        sample("delete", subject, taken, memory, round);
        if (taken < 0) verb(subject, NULL, "delete", "--force", id, NULL, NULL, NULL);
    }
}

// Makes `alive` containers that live at the same time, and ends them all.
static void crowd(int subject, int alive) {
    char bundle[256], file[300], id[32];
    sprintf(bundle, "%s/sleep", folder);
    for (int i = 0; i < alive; i++) {
        long memory;
        sprintf(id, "bench-%d-%d-%d", getpid(), subject, i);
        sprintf(file, "%s/pid-%d", folder, i);
        double made = verb(subject, &memory, "create", "--bundle", bundle, "--pid-file", file, id);
        double begun = made < 0 ? -1 : verb(subject, NULL, "start", id, NULL, NULL, NULL, NULL);
        const char *place = i < 10 ? "alive-first" : i >= alive - 10 ? "alive-last" : NULL;
        if (begun < 0) sample("alive-last", subject, -1, 0, 0);
        else if (place) sample(place, subject, made + begun, memory, 0);
    }
    for (int i = 0; i < alive; i++) {
        sprintf(id, "bench-%d-%d-%d", getpid(), subject, i);
        sprintf(file, "%s/pid-%d", folder, i);
        end(subject, id, file);
        verb(subject, NULL, "delete", "--force", id, NULL, NULL, NULL);
    }
}

int main(int count, char **words) {
    if (count != 6) return 2;
    folder = words[3];
    programs[DOCKLOCK] = words[4];
    programs[FLOOR] = words[5];
    for (int i = 0; i < SUBJECTS; i++) sprintf(roots[i], "%s/state-%s", folder, names[i]);
    quiet = open("/dev/null", O_RDWR | O_CLOEXEC);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    legacy = hide_unified();
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int round = -2; round < atoi(words[1]); round++) {  // two rounds to warm caches
        run("run", "plain", 0, round);
        run("run-profile", "profile", 1, round);
        verbs(round);
        while (waitpid(-1, NULL, WNOHANG) > 0) {}
    }
    int alive = atoi(words[2]);
    if (alive >= 20) {
        crowd(DOCKLOCK, alive);
        crowd(CRUN, alive);
    }
    return 0;
}
