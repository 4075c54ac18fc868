#include "charness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PIDS = 4 * 1024 * 1024, REAPED = 1 << 30 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t reaped = PTHREAD_COND_INITIALIZER;
static pthread_cond_t spawned = PTHREAD_COND_INITIALIZER;
static unsigned long spawns;
static int *statuses;

static void *reap(void *unused) {
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&lock);
        unsigned long seen = spawns;
        pthread_mutex_unlock(&lock);
        siginfo_t info;
        // Peek first: the status must be recorded before the pid can be used again.
        if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | __WALL) == 0) {
            pthread_mutex_lock(&lock);
            int status;
            if (waitpid(info.si_pid, &status, __WALL) == info.si_pid && info.si_pid < PIDS)
                statuses[info.si_pid] = status | REAPED;
            pthread_cond_broadcast(&reaped);
            pthread_mutex_unlock(&lock);
        } else if (errno == ECHILD) {
            pthread_mutex_lock(&lock);
            while (seen == spawns)
                pthread_cond_wait(&spawned, &lock);
            pthread_mutex_unlock(&lock);
        }
    }
    return NULL;
}

int harness_begin(void) {
    statuses = calloc(PIDS, sizeof *statuses);
    if (!statuses || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return -errno;
    signal(SIGPIPE, SIG_IGN);
    pthread_t thread;
    int failed = pthread_create(&thread, NULL, reap, NULL);
    return failed ? -failed : 0;
}

static void child(const char *path, char *const argv[], char *const envp[], const char *cwd, const int *fds,
                  int count, int flags, int report) {
    int moved[64];
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    int high = fcntl(report, F_DUPFD_CLOEXEC, 200);
    for (int i = 0; i < count; i++)
        if ((moved[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 300)) < 0)
            goto failed;
    for (int i = 0; i < count; i++)
        if (dup2(moved[i], i) < 0)
            goto failed;
    syscall(SYS_close_range, (unsigned)count, (unsigned)high - 1, 0);
    syscall(SYS_close_range, (unsigned)high + 1, ~0U, 0);
    report = high;
    if (flags & HARNESS_HIDE_UNIFIED) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
            goto failed;
        umount2("/sys/fs/cgroup/unified", MNT_DETACH);
    }
    if (chdir(cwd) == 0)
        execve(path, argv, envp);
failed:;
    int error = errno;
    if (write(report, &error, sizeof error) < 0)
        _exit(126);
    _exit(127);
}

pid_t harness_spawn(const char *path, char *const argv[], char *const envp[], const char *cwd, const int *fds,
                    int count, int flags) {
    int report[2], error = 0;
    if (count > 64)
        return -EINVAL;
    if (pipe2(report, O_CLOEXEC) < 0)
        return -errno;
    pthread_mutex_lock(&lock);
    pid_t pid = fork();
    if (pid == 0)
        child(path, argv, envp, cwd, fds, count, flags, report[1]);
    int forked = errno;
    if (pid > 0 && pid < PIDS)
        statuses[pid] = 0;
    spawns++;
    pthread_cond_signal(&spawned);
    pthread_mutex_unlock(&lock);
    close(report[1]);
    if (pid < 0)
        error = forked;
    else if (read(report[0], &error, sizeof error) <= 0)
        error = 0;
    close(report[0]);
    return error ? -error : pid;
}

int harness_wait(pid_t pid, int timeout_ms) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (timeout_ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    if (pid <= 0 || pid >= PIDS)
        return -ESRCH;
    int failed = 0;
    pthread_mutex_lock(&lock);
    while (!(statuses[pid] & REAPED) && !failed)
        failed = pthread_cond_timedwait(&reaped, &lock, &until);
    int status = statuses[pid];
    pthread_mutex_unlock(&lock);
    return status & REAPED ? status & ~REAPED : -ETIMEDOUT;
}

int harness_pty(int *master, int *slave, unsigned short rows, unsigned short columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    if (openpty(master, slave, NULL, NULL, &size) < 0)
        return -errno;
    fcntl(*master, F_SETFD, FD_CLOEXEC);
    fcntl(*slave, F_SETFD, FD_CLOEXEC);
    return 0;
}

int harness_size(int terminal, unsigned short *rows, unsigned short *columns) {
    struct winsize size;
    if (ioctl(terminal, TIOCGWINSZ, &size) < 0)
        return -errno;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 0;
}

int harness_listen(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int harness_readable(int fd, int timeout_ms) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int got;
    while ((got = poll(&wait, 1, timeout_ms)) < 0 && errno == EINTR) {
    }
    return got < 0 ? -errno : got;
}

int harness_accept(int socket, int timeout_ms) {
    if (harness_readable(socket, timeout_ms) != 1)
        return -ETIMEDOUT;
    int fd = accept4(socket, NULL, NULL, SOCK_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

ssize_t harness_receive(int socket, char *bytes, size_t size, int *fds, int *count, int timeout_ms) {
    char control[CMSG_SPACE(sizeof(int) * 16)];
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    *count = 0;
    if (harness_readable(socket, timeout_ms) != 1)
        return -ETIMEDOUT;
    ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (got < 0)
        return -errno;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item; item = CMSG_NXTHDR(&message, item)) {
        if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS)
            continue;
        size_t carried = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(fds + *count, CMSG_DATA(item), carried * sizeof(int));
        *count += (int)carried;
    }
    return got;
}

int harness_answer(int listener, int error) {
    struct seccomp_notif asked;
    struct seccomp_notif_resp answer;
    memset(&asked, 0, sizeof asked);
    memset(&answer, 0, sizeof answer);
    if (harness_readable(listener, 10000) != 1)
        return -ETIMEDOUT;
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
        return -errno;
    answer.id = asked.id;
    answer.error = -error;
    answer.flags = error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0)
        return -errno;
    return asked.data.nr;
}
