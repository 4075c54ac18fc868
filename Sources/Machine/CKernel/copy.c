/* tmpcopyup: a directory's files copied into the filesystem that will cover them. */
#include "internal.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

static int take_owner(int fd, const struct stat *status)
{
    if (fchown(fd, status->st_uid, status->st_gid) < 0 || fchmod(fd, status->st_mode & 07777) < 0)
        return -errno;
    return 0;
}

static int copy_file(int from, const char *name, int to, const struct stat *status)
{
    /* Nonblocking, since what was a file may be a fifo by now. */
    int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (in < 0)
        return -errno;
    int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int result = out < 0 ? -errno : 0;
    for (off_t left = status->st_size; result == 0 && left > 0;) {
        ssize_t sent = sendfile(out, in, NULL, (size_t)left);
        if (sent <= 0)
            result = sent < 0 ? -errno : 0;
        if (sent <= 0)
            break;
        left -= sent;
    }
    if (result == 0)
        result = take_owner(out, status);
    close(in);
    if (out >= 0)
        close(out);
    return result;
}

static int copy_link(int from, const char *name, int to)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(from, name, target, sizeof target - 1);
    if (length < 0)
        return -errno;
    target[length] = 0;
    return symlinkat(target, to, name) < 0 ? -errno : 0;
}

static int copy_level(int from, int to, int depth);

static int copy_folder(int from, const char *name, int to, const struct stat *status, int depth)
{
    if (mkdirat(to, name, 0700) < 0)
        return -errno;
    int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (in < 0)
        return -errno;
    int out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int result = out < 0 ? -errno : copy_level(in, out, depth + 1);
    if (result == 0)
        result = take_owner(out, status);
    close(in);
    if (out >= 0)
        close(out);
    return result;
}

/* Raw getdents64, since opendir allocates. */
static int copy_level(int from, int to, int depth)
{
    struct entry {
        uint64_t inode;
        int64_t next;
        unsigned short size;
        unsigned char type;
        char name[];
    };
    _Alignas(struct entry) char block[4096];
    /* So deep that no image is deeper, and the stack still holds it. */
    if (depth > 256)
        return -ELOOP;
    for (;;) {
        long got = dl_syscall(SYS_getdents64, from, (long)block, sizeof block, 0, 0, 0);
        if (got <= 0)
            return (int)got;
        for (long at = 0; at < got;) {
            struct entry *entry = (struct entry *)(void *)(block + at);
            const char *name = entry->name;
            struct stat status;
            at += entry->size;
            if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])))
                continue;
            if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
            int result = 0;
            if (S_ISDIR(status.st_mode))
                result = copy_folder(from, name, to, &status, depth);
            else if (S_ISREG(status.st_mode))
                result = copy_file(from, name, to, &status);
            else if (S_ISLNK(status.st_mode))
                result = copy_link(from, name, to);
            else if (mknodat(to, name, status.st_mode, status.st_rdev) < 0)
                result = -errno;
            if (result < 0)
                return result;
        }
    }
}

int dl_copy_tree(int from, int to)
{
    return copy_level(from, to, 0);
}
