// What the black-box harness needs of the kernel and Swift cannot say: a careful spawn, one reaper
// for all descendants, terminals and passed descriptors. Every call returns -errno on failure.
#pragma once
#include <stddef.h>
#include <sys/types.h>

// Unmount the unified hierarchy in a private mount namespace first (for runtimes that refuse hybrid hosts).
#define HARNESS_HIDE_UNIFIED 1

// Make this process the reaper of every orphan below it, and start the thread that reaps.
int harness_begin(void);

// Start `path` in `cwd` with exactly the descriptors fds[0..count), which become 0..count-1.
pid_t harness_spawn(const char *path, char *const argv[], char *const envp[], const char *cwd, const int *fds,
                    int count, int flags);

// Wait until a child or an adopted orphan has died; its wait status, or -ETIMEDOUT.
int harness_wait(pid_t pid, int timeout_ms);

// A new pty of the given size: descriptors of both ends.
int harness_pty(int *master, int *slave, unsigned short rows, unsigned short columns);

// Rows and columns of a terminal.
int harness_size(int terminal, unsigned short *rows, unsigned short *columns);

// A listening unix socket (SOCK_STREAM), and one accepted connection within the time.
int harness_listen(const char *path);
int harness_accept(int socket, int timeout_ms);

// One message with the descriptors it carries. Returns the message's bytes; *count is how many came.
ssize_t harness_receive(int socket, char *bytes, size_t size, int *fds, int *count, int timeout_ms);

// One byte or more to be read within the time: 1, or 0 when the time is up.
int harness_readable(int fd, int timeout_ms);

// Answer one seccomp notification with `error`, or let it through when `error` is 0; the call's number.
int harness_answer(int listener, int error);
