/* Filesystems: every path of the container is looked up beneath its root, by the kernel, in one call. */
#include "internal.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

static const char *relative(const char *path)
{
    while (*path == '/')
        path++;
    return *path ? path : ".";
}

int dl_in_root(const struct walk *walk, const char *path, int flags, unsigned resolve)
{
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC), .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve};
    long fd;
    /* EAGAIN: something was renamed meanwhile, and the kernel can't tell whether it led outside. */
    for (int tries = 0; tries < 64; tries++) {
        fd = dl_syscall(SYS_openat2, walk->root, (long)relative(path), (long)&how, sizeof how, 0, 0);
        if (fd != -EAGAIN && fd != -EINTR)
            break;
    }
    return (int)fd;
}

/* The directory above a path, opened; `last` (NAME_MAX + 1) gets the last component. */
int dl_parent_in_root(const struct walk *walk, const char *path, char *last)
{
    char above[PATH_MAX];
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    size_t cut = length;
    while (cut > 0 && path[cut - 1] != '/')
        cut--;
    if (length >= sizeof above || length - cut > NAME_MAX)
        return -ENAMETOOLONG;
    memcpy(last, path + cut, length - cut);
    last[length - cut] = 0;
    if (!last[0] || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
        return -EINVAL;
    memcpy(above, path, cut);
    above[cut] = 0;
    return dl_in_root(walk, above, O_PATH | O_DIRECTORY, 0);
}

static int make_directories(const struct walk *walk, const char *path, unsigned resolve, int depth);
static int make_file(const struct walk *walk, const char *path, unsigned resolve, int depth);

/* A symbolic link that dangles: what it names is made, beneath the root as always. */
static int follow_dangling(const struct walk *walk, int above, const char *last, const char *path, bool file,
                           unsigned resolve, int depth)
{
    char target[PATH_MAX], whole[PATH_MAX];
    ssize_t length = readlinkat(above, last, target, sizeof target - 1);
    if (length < 0)
        return errno == EINVAL ? -EEXIST : -errno;
    if (depth > 40 || (resolve & RESOLVE_NO_SYMLINKS))
        return -ELOOP;
    target[length] = 0;
    size_t cut = strlen(path);
    while (cut > 0 && path[cut - 1] == '/')
        cut--;
    while (cut > 0 && path[cut - 1] != '/')
        cut--;
    if (target[0] == '/')
        cut = 0;
    if (cut + (size_t)length >= sizeof whole)
        return -ENAMETOOLONG;
    memcpy(whole, path, cut);
    memcpy(whole + cut, target, (size_t)length + 1);
    if (file)
        return make_file(walk, whole, resolve, depth + 1);
    return make_directories(walk, whole, resolve, depth + 1);
}

static int make_one(const struct walk *walk, const char *path, unsigned resolve, int depth)
{
    char last[NAME_MAX + 1];
    int above = dl_parent_in_root(walk, path, last);
    if (above < 0)
        return above;
    int result = mkdirat(above, last, 0755) < 0 ? -errno : 0;
    if (result == -EEXIST) {
        int fd = dl_in_root(walk, path, O_PATH, resolve);
        if (fd >= 0)
            close(fd);
        result = fd != -ENOENT ? 0 : follow_dangling(walk, above, last, path, false, resolve, depth);
    }
    close(above);
    return result;
}

static int make_directories(const struct walk *walk, const char *path, unsigned resolve, int depth)
{
    char prefix[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof prefix)
        return -ENAMETOOLONG;
    for (size_t i = 0; i <= length; i++) {
        bool end = path[i] == '/' || path[i] == 0;
        if (!end || i == 0 || path[i - 1] == '/')
            continue;
        memcpy(prefix, path, i);
        prefix[i] = 0;
        int fd = dl_in_root(walk, prefix, O_PATH, resolve);
        if (fd == -ENOENT) {
            int result = make_one(walk, prefix, resolve, depth);
            if (result < 0)
                return result;
            continue;
        }
        if (fd < 0)
            return fd;
        close(fd);
    }
    return 0;
}

static int make_file(const struct walk *walk, const char *path, unsigned resolve, int depth)
{
    char last[NAME_MAX + 1], above_path[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t cut = slash ? (size_t)(slash - path) : 0;
    if (cut >= sizeof above_path)
        return -ENAMETOOLONG;
    memcpy(above_path, path, cut);
    above_path[cut] = 0;
    int result = make_directories(walk, above_path, resolve, depth);
    if (result < 0)
        return result;
    int above = dl_parent_in_root(walk, path, last);
    if (above < 0)
        return above;
    int made = openat(above, last, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0755);
    if (made >= 0)
        close(made);
    else if (errno == EEXIST)
        result = follow_dangling(walk, above, last, path, true, resolve, depth);
    else
        result = -errno;
    close(above);
    return result;
}

/* Opens a mount's destination, making it where it is missing. */
int dl_make_target(const struct walk *walk, const char *path, bool file, unsigned resolve)
{
    int fd = dl_in_root(walk, path, O_PATH, resolve);
    if (fd != -ENOENT)
        return fd;
    int result = file ? make_file(walk, path, resolve, 0) : make_directories(walk, path, resolve, 0);
    return result < 0 ? result : dl_in_root(walk, path, O_PATH, resolve);
}

static int set_propagation(int fd, const char *path, uint64_t flags)
{
    struct mount_attr attr = {.propagation = flags & ~(uint64_t)MS_REC};
    unsigned at = (fd >= 0 ? AT_EMPTY_PATH : 0) | (flags & MS_REC ? AT_RECURSIVE : 0);
    return mount_setattr(fd >= 0 ? fd : AT_FDCWD, path, at, &attr, sizeof attr) < 0 ? -errno : 0;
}

static int set_attributes(int fd, uint64_t set, uint64_t clear, bool recursive)
{
    struct mount_attr attr = {.attr_set = set, .attr_clr = clear};
    /* The kernel asks for all of an access-time mode to be cleared before one is set. */
    if (set & MOUNT_ATTR__ATIME || clear & MOUNT_ATTR__ATIME)
        attr.attr_clr |= MOUNT_ATTR__ATIME;
    if (attr.attr_set == 0 && attr.attr_clr == 0)
        return 0;
    unsigned at = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    return mount_setattr(fd, "", at, &attr, sizeof attr) < 0 ? -errno : 0;
}

int dl_bind_fd(int source, int target)
{
    unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    return move_mount(source, "", target, "", flags) < 0 ? -errno : 0;
}

int dl_step_propagate(struct walk *walk, const struct dl_step *step)
{
    (void)walk;
    return mount(NULL, "/", NULL, step->n[0], NULL) < 0 ? -errno : 0;
}

/* The tmpfs is filled where nobody sees it yet. */
static int copy_up(const struct walk *walk, const char *destination, int mounted)
{
    int from = dl_in_root(walk, destination, O_RDONLY | O_DIRECTORY, 0);
    if (from < 0)
        return from == -ENOENT ? 0 : from;
    int to = openat(mounted, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = to < 0 ? -errno : dl_copy_tree(from, to);
    struct stat status;
    if (result == 0 && fstat(from, &status) == 0 && fchown(to, status.st_uid, status.st_gid) == 0)
        fchmod(to, status.st_mode & 07777);
    close(from);
    if (to >= 0)
        close(to);
    return result;
}

/* Nothing may be laid over the kernel's own files, however the path leads there: a write that is meant for
 * /proc/self/attr or /proc/sys would end elsewhere (CVE-2025-52881). */
static int refuse_in_proc(int target, const struct dl_step *step)
{
    struct statfs kind;
    if (fstatfs(target, &kind) < 0)
        return -errno;
    return kind.f_type == PROC_SUPER_MAGIC && !(step->n[4] & DL_AT_IN_PROC) ? -EPERM : 0;
}

/* mount(2) onto a descriptor: its path under the host's /proc can't be exchanged for another. A namespace
 * that was joined may show no /proc, or one that does not know this process. */
static int mount_on(struct walk *walk, int target, const char *source, const char *type, uint64_t flags,
                    const char *data)
{
    char path[64];
    int result = dl_self_file(walk, NULL, 0);
    if (result < 0)
        return result;
    if (fchdir(walk->proc) < 0)
        return -errno;
    snprintf(path, sizeof path, "self/fd/%d", target);
    return mount(source, path, type, flags, data) < 0 ? -errno : 0;
}

int dl_step_mount(struct walk *walk, const struct dl_step *step)
{
    const char *destination = dl_text(walk, step, 1);
    const char *data = dl_text(walk, step, 3);
    unsigned resolve = step->n[4] & DL_AT_NOFOLLOW ? RESOLVE_NO_SYMLINKS : 0;
    bool copies = step->n[4] & DL_AT_COPY_UP;
    int from = -1, result;
    int target = dl_make_target(walk, destination, false, resolve);
    if (target < 0)
        return target;
    result = refuse_in_proc(target, step);
    if (result < 0)
        return result;
    if (copies) {
        from = dl_in_root(walk, destination, O_PATH | O_DIRECTORY, 0);
        if (from < 0)
            return from;
    }
    uint64_t flags = copies ? step->n[0] & ~(uint64_t)MS_RDONLY : step->n[0];
    result = mount_on(walk, target, dl_text(walk, step, 0), dl_text(walk, step, 2), flags, data);
    close(target);
    if (result < 0)
        return result;
    if (!copies && !step->n[1] && !step->n[2] && !step->count)
        return 0;
    target = dl_in_root(walk, destination, O_PATH, resolve);
    if (target < 0)
        return target;
    if (copies) {
        struct walk below = *walk;
        below.root = from;
        result = copy_up(&below, "/", target);
        close(from);
        if (result == 0 && step->n[0] & MS_RDONLY)
            result = set_attributes(target, MOUNT_ATTR_RDONLY, 0, false);
    }
    if (result == 0)
        result = set_attributes(target, step->n[1], step->n[2], true);
    if (result == 0 && step->count)
        result = set_propagation(target, "", step->count);
    close(target);
    return result;
}

static int is_directory(int fd)
{
    struct stat status;
    return fstat(fd, &status) < 0 ? -errno : S_ISDIR(status.st_mode);
}

int dl_step_bind(struct walk *walk, const struct dl_step *step)
{
    bool recursive = step->n[4] & DL_AT_RECURSIVE;
    unsigned resolve = step->n[4] & DL_AT_NOFOLLOW ? RESOLVE_NO_SYMLINKS : 0;
    int nofollow = step->n[4] & DL_AT_DEST_NOFOLLOW ? O_NOFOLLOW : 0;
    int tree = step->fd;
    if (tree < 0)
        tree = dl_open_tree(AT_FDCWD, dl_text(walk, step, 0), recursive, step->n[4] & DL_AT_SOURCE_NOFOLLOW);
    if (tree < 0)
        return tree;
    int result = set_attributes(tree, step->n[0], step->n[1], false);
    if (result == 0)
        result = set_attributes(tree, step->n[2], step->n[3], true);
    int directory = is_directory(tree);
    if (result == 0 && directory < 0)
        result = directory;
    if (result < 0)
        return result;
    int target;
    if (nofollow)
        target = dl_in_root(walk, dl_text(walk, step, 1), O_PATH | O_NOFOLLOW, resolve);
    else
        target = dl_make_target(walk, dl_text(walk, step, 1), !directory, resolve);
    if (target < 0)
        return target;
    result = refuse_in_proc(target, step);
    if (result == 0)
        result = dl_bind_fd(tree, target);
    if (result == 0 && step->count)
        result = set_propagation(tree, "", step->count);
    close(target);
    close(tree);
    return result;
}

int dl_step_super(struct walk *walk, const struct dl_step *step)
{
    int target = dl_in_root(walk, dl_text(walk, step, 0), O_PATH, 0);
    if (target < 0)
        return target;
    int result = mount_on(walk, target, NULL, NULL, step->n[0] | MS_REMOUNT, dl_text(walk, step, 1));
    close(target);
    return result;
}

int dl_step_directory(struct walk *walk, const struct dl_step *step)
{
    int fd = dl_make_target(walk, dl_text(walk, step, 0), false, 0);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

int dl_step_symlink(struct walk *walk, const struct dl_step *step)
{
    char last[NAME_MAX + 1];
    int above = dl_parent_in_root(walk, dl_text(walk, step, 1), last);
    if (above < 0)
        return above;
    int result = symlinkat(dl_text(walk, step, 0), above, last) < 0 && errno != EEXIST ? -errno : 0;
    close(above);
    return result;
}

static bool is_device(const struct stat *status, const struct dl_step *step)
{
    mode_t mode = (mode_t)step->n[0];
    return (status->st_mode & S_IFMT) == (mode & S_IFMT) && (S_ISFIFO(mode) || status->st_rdev == step->n[1]);
}

/* The host's node of the same path, where it is the very device asked for. */
static int bind_device(struct walk *walk, const struct dl_step *step)
{
    const char *path = dl_text(walk, step, 0);
    struct stat status;
    int tree = dl_open_tree(AT_FDCWD, path, 0, 0);
    if (tree < 0)
        return tree;
    if (fstat(tree, &status) < 0 || !is_device(&status, step)) {
        close(tree);
        return -ENODEV;
    }
    int target = dl_make_target(walk, path, true, 0);
    int result = target < 0 ? target : dl_bind_fd(tree, target);
    if (target >= 0)
        close(target);
    close(tree);
    return result;
}

int dl_step_device(struct walk *walk, const struct dl_step *step)
{
    char last[NAME_MAX + 1], above_path[PATH_MAX];
    const char *path = dl_text(walk, step, 0);
    mode_t mode = (mode_t)step->n[0];
    if (step->n[4])
        return bind_device(walk, step);
    int above = dl_parent_in_root(walk, path, last);
    if (above == -ENOENT) {
        size_t cut = (size_t)(strrchr(path, '/') - path);
        memcpy(above_path, path, cut);
        above_path[cut] = 0;
        int made = make_directories(walk, above_path, 0, 0);
        above = made < 0 ? made : dl_parent_in_root(walk, path, last);
    }
    if (above < 0)
        return above;
    /* The mode is right from the start: chmod would follow a link that took the node's place. */
    mode_t mask = umask(0);
    int result = mknodat(above, last, mode, (dev_t)step->n[1]) < 0 ? -errno : 0;
    umask(mask);
    if (result < 0) {
        struct stat status;
        /* A node that is the very device asked for may stay. */
        if (result == -EEXIST && fstatat(above, last, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            is_device(&status, step))
            result = 0;
        else if (result == -EPERM)
            result = bind_device(walk, step);
    } else if (fchownat(above, last, (uid_t)step->n[2], (gid_t)step->n[3], AT_SYMLINK_NOFOLLOW) < 0) {
        result = -errno;
    }
    close(above);
    return result;
}

int dl_step_attributes(struct walk *walk, const struct dl_step *step)
{
    int fd = dl_in_root(walk, dl_text(walk, step, 0), O_PATH, 0);
    if (fd < 0)
        return fd;
    int result = set_attributes(fd, step->n[0], step->n[3], step->n[2]);
    if (result == 0 && step->n[1])
        result = set_propagation(fd, "", step->n[1]);
    close(fd);
    return result;
}

/* One mount serves all masked paths of a kind. The first gets it, the others get clones of it: kernels
 * before 6.15 clone no mount that hangs nowhere. */
static int serve(int tree, bool *hung)
{
    int fd;
    if (!*hung)
        fd = fcntl(tree, F_DUPFD_CLOEXEC, 3);
    else
        fd = open_tree(tree, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    *hung = true;
    return fd < 0 ? -errno : fd;
}

static int empty_tree(struct walk *walk, const char *label)
{
    static bool hung;
    if (walk->empty < 0) {
        int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
        if (context < 0)
            return -errno;
        fsconfig(context, FSCONFIG_SET_STRING, "nr_blocks", "1", 0);
        fsconfig(context, FSCONFIG_SET_STRING, "nr_inodes", "1", 0);
        if (label && fsconfig(context, FSCONFIG_SET_STRING, "context", label, 0) < 0)
            return -errno;
        if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
            return -errno;
        unsigned attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
        walk->empty = fsmount(context, FSMOUNT_CLOEXEC, attributes);
        if (walk->empty < 0)
            return -errno;
        close(context);
    }
    return serve(walk->empty, &hung);
}

static int null_tree(const struct walk *walk)
{
    static bool hung;
    struct stat status;
    if (walk->null < 0)
        return walk->null;
    /* Not whatever the container calls /dev/null: the device itself (CVE-2025-31133). */
    if (fstat(walk->null, &status) < 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3))
        return -ENODEV;
    return serve(walk->null, &hung);
}

int dl_step_mask(struct walk *walk, const struct dl_step *step)
{
    int target = dl_in_root(walk, dl_text(walk, step, 0), O_PATH, 0);
    if (target < 0)
        return target == -ENOENT || target == -ENOTDIR ? 0 : target;
    int directory = is_directory(target);
    int tree = directory;
    if (directory >= 0)
        tree = directory ? empty_tree(walk, dl_text(walk, step, 1)) : null_tree(walk);
    int result = tree < 0 ? tree : dl_bind_fd(tree, target);
    if (tree >= 0)
        close(tree);
    close(target);
    return result;
}

int dl_step_label(struct walk *walk, const struct dl_step *step)
{
    const char *label = dl_text(walk, step, 1);
    int fd = dl_in_root(walk, dl_text(walk, step, 0), O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return fd;
    int result = fsetxattr(fd, "security.selinux", label, strlen(label), 0) < 0 ? -errno : 0;
    close(fd);
    return result;
}

int dl_step_readonly(struct walk *walk, const struct dl_step *step)
{
    int target = dl_in_root(walk, dl_text(walk, step, 0), O_PATH, 0);
    if (target < 0)
        return target == -ENOENT || target == -ENOTDIR ? 0 : target;
    int tree = open_tree(target, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    int result = tree < 0 ? -errno : set_attributes(tree, MOUNT_ATTR_RDONLY, 0, true);
    if (result == 0)
        result = dl_bind_fd(tree, target);
    if (tree >= 0)
        close(tree);
    close(target);
    return result;
}
