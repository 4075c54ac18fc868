// Runs a program and all that it starts instruction by instruction, and writes each place of its code
// that is reached, once, in the order of the first visit: steps FIRST LAST FILE PROGRAM ARGUMENT...
// FIRST and LAST bound the code, in hexadecimal; places are 16 bytes apart.

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static void note(FILE *file, unsigned char *seen, unsigned long first, unsigned long last, pid_t pid) {
    unsigned long at = (unsigned long)ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, regs.rip), 0);
    if (at < first || at >= last || seen[(at - first) / 16]) return;
    seen[(at - first) / 16] = 1;
    fprintf(file, "%lx\n", at);
}

int main(int count, char **words) {
    if (count < 5) return 2;
    unsigned long first = strtoul(words[1], NULL, 16), last = strtoul(words[2], NULL, 16);
    unsigned char *seen = calloc((last - first) / 16 + 1, 1);
    FILE *file = fopen(words[3], "w");
    if (!seen || !file) return 2;
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        execv(words[4], words + 4);
        _exit(127);
    }
    int status;
    pid_t pid = waitpid(child, &status, 0);
    long follow = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    ptrace(PTRACE_SETOPTIONS, child, 0, follow);
    ptrace(PTRACE_SINGLESTEP, child, 0, 0);
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (pid == child) break;
            continue;
        }
        int signal = WSTOPSIG(status), event = status >> 16;
        if (signal == SIGTRAP && event == 0) note(file, seen, first, last, pid);
        if (signal == SIGTRAP || signal == SIGSTOP) signal = 0;
        ptrace(PTRACE_SINGLESTEP, pid, 0, (void *)(long)signal);
    }
    fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
