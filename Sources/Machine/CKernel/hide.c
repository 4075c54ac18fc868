/* A container whose root was moved, not pivoted, has the host's mounts beside its own. */
#include "internal.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>

/* Undoes the octal escapes of mountinfo, in place. */
static void unescape(char *text)
{
    char *to = text;
    while (*text) {
        if (text[0] == '\\' && text[1] && text[2] && text[3]) {
            *to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
            text += 4;
        } else {
            *to++ = *text++;
        }
    }
    *to = 0;
}

/* The mount point in a line of mountinfo if it is a proc or sysfs outside `root`, else NULL. */
static char *outside(char *line, const char *root)
{
    char *rest = line, *point = NULL, *word;
    for (int field = 0; (word = strsep(&rest, " ")) && strcmp(word, "-") != 0; field++)
        if (field == 4)
            point = word;
    char *type = strsep(&rest, " ");
    if (!point || !type || (strcmp(type, "proc") != 0 && strcmp(type, "sysfs") != 0))
        return NULL;
    unescape(point);
    size_t length = strlen(root);
    if (strncmp(point, root, length) == 0 && (point[length] == '/' || point[length] == 0))
        return NULL;
    return point;
}

/* The kernel lets a container mount a proc without masks only where it sees another such: the host's, still
 * there beneath the moved root, would be one. The working directory is the new root. */
int dl_hide_host(struct walk *walk)
{
    static char line[8192], block[4096], found[16384];
    char root[PATH_MAX];
    size_t used = 0, listed = 0;
    if (syscall(SYS_getcwd, root, sizeof root) < 0)
        return -errno;
    int fd = dl_self_file(walk, "thread-self/mountinfo", O_RDONLY);
    if (fd < 0)
        return fd;
    ssize_t have;
    while ((have = read(fd, block, sizeof block)) > 0) {
        for (ssize_t i = 0; i < have; i++) {
            if (block[i] != '\n') {
                if (used < sizeof line - 1)
                    line[used++] = block[i];
                continue;
            }
            line[used] = 0;
            used = 0;
            const char *point = outside(line, root);
            if (point && listed + strlen(point) + 1 > sizeof found)
                have = -1, errno = E2BIG;
            if (have < 0)
                break;
            if (point)
                listed += (size_t)(stpcpy(found + listed, point) - (found + listed)) + 1;
        }
        if (have < 0)
            break;
    }
    int result = have < 0 ? -errno : 0;
    close(fd);
    for (char *point = found; result == 0 && point < found + listed; point += strlen(point) + 1) {
        if (mount(NULL, point, NULL, MS_SLAVE | MS_REC, NULL) < 0 && errno != ENOENT && errno != EINVAL)
            result = -errno;
        if (result < 0 || umount2(point, MNT_DETACH) == 0 || errno == ENOENT)
            continue;
        /* A user namespace may not take away what it has inherited, only lie over it. */
        if (mount("tmpfs", point, "tmpfs", 0, NULL) < 0)
            result = -errno;
    }
    return result;
}
