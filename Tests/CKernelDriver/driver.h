/* A program of the walker's own functions, built with sanitizers by the tests of CKernel. */
#ifndef DRIVER_H
#define DRIVER_H

#include "internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Where the case works: a fresh folder with `root` in it, and `outside` beside that. */
extern int folder;

struct test {
    const char *name;
    void (*run)(struct walk *walk);
};

extern const struct test path_tests[], copy_tests[], program_tests[], message_tests[];

#define CHECK(truth)                                                                                         \
    do {                                                                                                     \
        if (!(truth)) {                                                                                      \
            fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #truth, errno);                    \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

/* Both sides as numbers, so that a failure says what was found. */
#define EQUAL(found, wanted)                                                                                 \
    do {                                                                                                     \
        long long left = (found), right = (wanted);                                                          \
        if (left != right) {                                                                                 \
            fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #found, left, right);       \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

/* The file type of a path below the folder, not followed; 0 where there is nothing. */
static inline unsigned kind(const char *path)
{
    struct stat status;
    return fstatat(folder, path, &status, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : status.st_mode & S_IFMT;
}

static inline void put(const char *path, const char *text, size_t size, mode_t mode)
{
    int fd = openat(folder, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    CHECK(fd >= 0 && write(fd, text, size) == (ssize_t)size && fchmod(fd, mode) == 0);
    close(fd);
}

#endif
