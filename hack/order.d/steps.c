// Runs a program and all that it starts instruction by instruction, and writes each place of its code
// that is reached, once, in the order of the first visit: steps FIRST LAST FILE PROGRAM ARGUMENT...
// FIRST and LAST bound the code, in hexadecimal; places are 16 bytes apart. Ends when the program does;
// whatever it started then goes on by itself.

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FOLLOW = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC };
enum { LIVE_MAX = 64 };

static pid_t live[LIVE_MAX];

static void keep(pid_t pid) {
    int empty = -1;
    for (int i = 0; i < LIVE_MAX; i++) {
        if (live[i] == pid) return;
        if (live[i] == 0 && empty < 0) empty = i;
    }
    if (empty >= 0) live[empty] = pid;
}

static void drop(pid_t pid) {
    for (int i = 0; i < LIVE_MAX; i++)
        if (live[i] == pid) live[i] = 0;
}

static void note(FILE *file, unsigned char *seen, unsigned long first, unsigned long last, pid_t pid) {
    unsigned long at = (unsigned long)ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, regs.rip), 0);
    if (at < first || at >= last || seen[(at - first) / 16]) return;
    seen[(at - first) / 16] = 1;
    fprintf(file, "%lx\n", at);
}

// Whether a process runs the program itself: what a container runs is not ours to lay out.
static int runs(pid_t pid, const char *program) {
    char link[64], target[4096];
    snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
    ssize_t size = readlink(link, target, sizeof target - 1);
    if (size <= 0) return 0;
    target[size] = 0;
    return strcmp(target, program) == 0;
}

// A tracer that just ends would leave the others' single steps switched on, and they would die of them.
static void let_go(void) {
    for (int i = 0; i < LIVE_MAX; i++) {
        int status;
        if (live[i] == 0) continue;
        ptrace(PTRACE_INTERRUPT, live[i], 0, 0);
        if (waitpid(live[i], &status, __WALL) > 0 && WIFSTOPPED(status)) ptrace(PTRACE_DETACH, live[i], 0, 0);
    }
}

static pid_t start(char **words) {
    int gate[2];
    if (pipe(gate) != 0) return -1;
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(gate[1]);
        if (read(gate[0], &byte, 1) != 1) _exit(126);
        close(gate[0]);
        execv(words[0], words);
        _exit(127);
    }
    close(gate[0]);
    int seized = child > 0 && ptrace(PTRACE_SEIZE, child, 0, (long)FOLLOW) == 0;
    if (seized) seized = write(gate[1], "x", 1) == 1;
    close(gate[1]);
    return seized ? child : -1;
}

int main(int count, char **words) {
    if (count < 5) return 2;
    unsigned long first = strtoul(words[1], NULL, 16), last = strtoul(words[2], NULL, 16);
    unsigned char *seen = calloc((last - first) / 16 + 1, 1);
    FILE *file = fopen(words[3], "w");
    char *program = realpath(words[4], NULL);
    pid_t child = seen && file && program ? start(words + 4) : -1;
    if (child < 0) return 2;
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            drop(pid);
            if (pid == child) break;
            continue;
        }
        keep(pid);
        int signal = WSTOPSIG(status), event = status >> 16;
        if (event == PTRACE_EVENT_EXEC && !runs(pid, program)) {
            ptrace(PTRACE_DETACH, pid, 0, 0);
            drop(pid);
            continue;
        }
        if (signal == SIGTRAP && event == 0) note(file, seen, first, last, pid);
        if (signal == SIGTRAP || event != 0) signal = 0;
        ptrace(PTRACE_SINGLESTEP, pid, 0, (void *)(long)signal);
    }
    int result = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    let_go();
    fclose(file);
    return result;
}
