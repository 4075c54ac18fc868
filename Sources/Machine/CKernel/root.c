/* The root filesystem: found or laid out of layers, and entered at the end. */
#include "internal.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* pivot_root and move_mount refuse a shared parent: the mount that holds the root becomes private. */
static int make_parent_private(const char *path)
{
    char above[PATH_MAX];
    if (strlen(path) >= sizeof above)
        return -ENAMETOOLONG;
    strcpy(above, path);
    for (;;) {
        if (mount(NULL, above, NULL, MS_PRIVATE, NULL) == 0)
            return 0;
        if (errno != EINVAL || strcmp(above, "/") == 0)
            return -errno;
        char *slash = strrchr(above, '/');
        slash[slash == above ? 1 : 0] = 0;
    }
}

/* A root that is made of layers. They are named from the directory that holds them: as absolute paths a
 * hundred of them would not fit into the page that mount(2) takes. */
static int overlay_root(struct walk *walk, const struct dl_step *step, const char *path)
{
    int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC), result = 0;
    if (here < 0)
        return -errno;
    if (chdir(dl_text(walk, step, 1)) < 0 ||
        mount("overlay", path, dl_text(walk, step, 2), step->n[1], dl_text(walk, step, 3)) < 0)
        result = -errno;
    if (fchdir(here) < 0 && result == 0)
        result = -errno;
    close(here);
    if (result < 0)
        return result;
    walk->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return walk->root < 0 ? -errno : 0;
}

int dl_step_root(struct walk *walk, const struct dl_step *step)
{
    const char *path = dl_text(walk, step, 0);
    if (step->n[0]) {
        int tree = step->fd;
        int result = make_parent_private(path);
        if (result < 0)
            return result;
        if (dl_text(walk, step, 2))
            return overlay_root(walk, step, path);
        if (tree < 0)
            tree = dl_open_tree(AT_FDCWD, path, 1, 0);
        if (tree < 0)
            return tree;
        if (move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
            return -errno;
        walk->root = tree;
        return 0;
    }
    walk->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return walk->root < 0 ? -errno : 0;
}

int dl_step_pivot(struct walk *walk, const struct dl_step *step)
{
    if (walk->null < 0)
        walk->null = dl_open_tree(AT_FDCWD, "/dev/null", 0, 1);
    int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (old < 0 || fchdir(walk->root) < 0)
        return -errno;
    if (step->n[0] == 0) {
        if (syscall(SYS_pivot_root, ".", ".") < 0 || fchdir(old) < 0)
            return -errno;
        /* Where rootfsPropagation made the old root the host's peer, the host would lose its mounts. */
        if (mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0 || umount2(".", MNT_DETACH) < 0)
            return -errno;
    } else {
        int hidden = step->n[0] == 1 ? dl_hide_host(walk) : 0;
        if (hidden < 0)
            return hidden;
        if (step->n[0] == 1 && mount(".", "/", NULL, MS_MOVE, NULL) < 0)
            return -errno;
        if (chroot(".") < 0)
            return -errno;
    }
    if (chdir("/") < 0)
        return -errno;
    close(old);
    close(walk->root);
    walk->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return walk->root < 0 ? -errno : 0;
}
