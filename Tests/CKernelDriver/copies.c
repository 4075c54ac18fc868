/* tmpcopyup's copy of an image's folder. */
#include "driver.h"

#include <sys/socket.h>
#include <sys/sysmacros.h>

static int copy(void)
{
    int from = openat(folder, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int to = openat(folder, "outside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(from >= 0 && to >= 0);
    int result = dl_copy_tree(from, to);
    close(from);
    close(to);
    return result;
}

static void everything_is_copied(struct walk *walk)
{
    static char large[300000], back[300001];
    (void)walk;
    memset(large, 'x', sizeof large);
    put("root/large", large, sizeof large, 0640);
    put("root/setuid", "", 0, 0644);
    CHECK(mkdirat(folder, "root/deep", 0755) == 0 && mkdirat(folder, "root/deep/er", 01777) == 0);
    put("root/deep/er/file", "text", 4, 0400);
    CHECK(fchownat(folder, "root/setuid", 7, 8, 0) == 0 && fchmodat(folder, "root/setuid", 04755, 0) == 0);
    CHECK(fchmodat(folder, "root/deep/er", 01777, 0) == 0);
    CHECK(symlinkat("/etc/shadow", folder, "root/link") == 0 && mkfifoat(folder, "root/fifo", 0600) == 0);
    EQUAL(copy(), 0);

    struct stat status;
    CHECK(fstatat(folder, "outside/setuid", &status, 0) == 0);
    EQUAL(status.st_mode & 07777, 04755);
    EQUAL(status.st_uid, 7);
    EQUAL(status.st_gid, 8);
    CHECK(fstatat(folder, "outside/deep/er", &status, 0) == 0);
    EQUAL(status.st_mode & 07777, 01777);
    EQUAL(kind("outside/link"), S_IFLNK);
    EQUAL(kind("outside/fifo"), S_IFIFO);
    EQUAL(kind("outside/deep/er/file"), S_IFREG);
    int fd = openat(folder, "outside/large", O_RDONLY | O_CLOEXEC);
    EQUAL(read(fd, back, sizeof back), sizeof large);
    CHECK(memcmp(back, large, sizeof large) == 0);
    close(fd);
}

static void many_names_are_copied(struct walk *walk)
{
    char name[300];
    (void)walk;
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "root/%0*d", 1 + i % 255, i);
        put(name, "", 0, 0600);
    }
    EQUAL(copy(), 0);
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "outside/%0*d", 1 + i % 255, i);
        EQUAL(kind(name), S_IFREG);
    }
}

/* As deep as no image is: an error, not the end of the stack or of the descriptors. */
static void depth_is_bounded(struct walk *walk)
{
    (void)walk;
    int at = openat(folder, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 400; i++) {
        CHECK(mkdirat(at, "d", 0755) == 0);
        int next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(next >= 0);
        close(at);
        at = next;
    }
    close(at);
    EQUAL(copy(), -ELOOP);
}

static void name_in_the_way_is_an_error(struct walk *walk)
{
    (void)walk;
    put("root/x", "new", 3, 0600);
    CHECK(symlinkat("y", folder, "outside/x") == 0);
    EQUAL(copy(), -EEXIST);
    EQUAL(kind("outside/y"), 0);
}

const struct test copy_tests[] = {
    {"everything_is_copied", everything_is_copied},
    {"many_names_are_copied", many_names_are_copied},
    {"depth_is_bounded", depth_is_bounded},
    {"name_in_the_way_is_an_error", name_in_the_way_is_an_error},
    {NULL, NULL},
};
