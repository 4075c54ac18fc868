/* Destinations of mounts: made beneath the root, whatever the image's links say. */
#include "driver.h"

#include <limits.h>
#include <linux/openat2.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static int make(struct walk *walk, const char *path, bool file, unsigned resolve)
{
    int fd = dl_make_target(walk, path, file, resolve);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

static void is_made(struct walk *walk)
{
    EQUAL(make(walk, "/a/b/c", false, 0), 0);
    EQUAL(kind("root/a/b/c"), S_IFDIR);
    EQUAL(make(walk, "/a/b/file", true, 0), 0);
    EQUAL(kind("root/a/b/file"), S_IFREG);
    EQUAL(make(walk, "x/y/z//", false, 0), 0);
    EQUAL(kind("root/x/y/z"), S_IFDIR);
    EQUAL(make(walk, "/a/b/file", true, 0), 0);
    EQUAL(make(walk, "/", false, 0), 0);
    EQUAL(make(walk, "/new", true, 0), 0);
    EQUAL(kind("root/new"), S_IFREG);
}

static void stays_beneath_the_root(struct walk *walk)
{
    CHECK(symlinkat("/", folder, "root/absolute") == 0);
    CHECK(symlinkat("../../../../../..", folder, "root/up") == 0);
    CHECK(symlinkat("../outside", folder, "root/beside") == 0);
    EQUAL(make(walk, "/absolute/x", false, 0), 0);
    EQUAL(kind("root/x"), S_IFDIR);
    EQUAL(make(walk, "/up/y/z", true, 0), 0);
    EQUAL(kind("root/y/z"), S_IFREG);
    EQUAL(make(walk, "/../../../w", false, 0), 0);
    EQUAL(kind("root/w"), S_IFDIR);
    EQUAL(make(walk, "/beside/v", true, 0), 0);
    EQUAL(kind("outside/v"), 0);
    EQUAL(kind("root/outside/v"), S_IFREG);
}

static void dangling_link_is_followed(struct walk *walk)
{
    CHECK(symlinkat("/no/where", folder, "root/file") == 0);
    CHECK(symlinkat("b", folder, "root/a") == 0);
    CHECK(symlinkat("c/d/../e", folder, "root/b") == 0);
    EQUAL(make(walk, "/file", true, 0), 0);
    EQUAL(kind("root/no/where"), S_IFREG);
    EQUAL(make(walk, "/a/deep", false, 0), 0);
    EQUAL(kind("root/c/e/deep"), S_IFDIR);
    CHECK(symlinkat("../../../../outside/made", folder, "root/out") == 0);
    EQUAL(make(walk, "/out", true, 0), 0);
    EQUAL(kind("outside/made"), 0);
    EQUAL(kind("root/outside/made"), S_IFREG);
}

static void loop_ends(struct walk *walk)
{
    CHECK(symlinkat("b", folder, "root/a") == 0 && symlinkat("a", folder, "root/b") == 0);
    CHECK(symlinkat("m/../grows", folder, "root/grows") == 0);
    CHECK(symlinkat("n/../into/x", folder, "root/into") == 0);
    for (int file = 0; file < 2; file++) {
        EQUAL(make(walk, "/a", file, 0), -ELOOP);
        EQUAL(make(walk, "/a/x", file, 0), -ELOOP);
        CHECK(make(walk, "/grows", file, 0) < 0);
        CHECK(make(walk, "/into", file, 0) < 0);
    }
}

/* Each link leads to the next, and the last to nothing. */
static void chain_is_bounded(struct walk *walk)
{
    char name[32], target[32];
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "root/link%d", i);
        snprintf(target, sizeof target, "link%d", i + 1);
        CHECK(symlinkat(target, folder, name) == 0);
    }
    EQUAL(make(walk, "/link0", true, 0), -ELOOP);
    EQUAL(make(walk, "/link50", true, 0), 0);
    EQUAL(kind("root/link60"), S_IFREG);
}

static void links_are_refused_where_asked(struct walk *walk)
{
    CHECK(mkdirat(folder, "root/real", 0755) == 0 && symlinkat("real", folder, "root/proc") == 0);
    CHECK(symlinkat("none", folder, "root/dangling") == 0);
    EQUAL(make(walk, "/proc", false, RESOLVE_NO_SYMLINKS), -ELOOP);
    EQUAL(make(walk, "/proc/x", false, RESOLVE_NO_SYMLINKS), -ELOOP);
    EQUAL(make(walk, "/dangling", false, RESOLVE_NO_SYMLINKS), -ELOOP);
    EQUAL(make(walk, "/dangling", true, RESOLVE_NO_SYMLINKS), -ELOOP);
    EQUAL(make(walk, "/real/x", false, RESOLVE_NO_SYMLINKS), 0);
    EQUAL(kind("root/none"), 0);
    EQUAL(kind("root/real/x"), S_IFDIR);
}

static void long_paths_are_refused(struct walk *walk)
{
    static char path[3 * PATH_MAX];
    for (int file = 0; file < 2; file++) {
        memset(path, 'n', NAME_MAX + 1);
        path[NAME_MAX + 1] = 0;
        EQUAL(make(walk, path, file, 0), -ENAMETOOLONG);
        for (size_t i = 0; i < sizeof path - 1; i++)
            path[i] = i % 2 ? 'd' : '/';
        path[sizeof path - 1] = 0;
        EQUAL(make(walk, path, file, 0), -ENAMETOOLONG);
        path[PATH_MAX] = 0;
        EQUAL(make(walk, path, file, 0), -ENAMETOOLONG);
    }
    /* A target that fits, behind a folder that leaves no room for it. */
    memset(path, 't', 200);
    path[200] = 0;
    CHECK(symlinkat(path, folder, "root/link") == 0);
    for (size_t i = 0; i + 8 < PATH_MAX - 100; i += 2)
        memcpy(path + i, "./", 3);
    strcat(path, "link");
    EQUAL(make(walk, path, true, 0), -ENAMETOOLONG);
}

static void other_kinds_are_named(struct walk *walk)
{
    put("root/file", "", 0, 0644);
    CHECK(mkfifoat(folder, "root/fifo", 0600) == 0);
    EQUAL(make(walk, "/file/x", false, 0), -ENOTDIR);
    EQUAL(make(walk, "/file/x", true, 0), -ENOTDIR);
    /* Opening it any further would wait for a writer. */
    EQUAL(make(walk, "/fifo", true, 0), 0);
}

static void parent_is_opened(struct walk *walk)
{
    char last[NAME_MAX + 1];
    const char *const bad[] = {"", "/", "//", ".", "/..", "/a/..", "a/."};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        EQUAL(dl_parent_in_root(walk, bad[i], last), -EINVAL);
    int above = dl_parent_in_root(walk, "/name//", last);
    CHECK(above >= 0 && strcmp(last, "name") == 0);
    close(above);
    EQUAL(dl_parent_in_root(walk, "/none/name", last), -ENOENT);
}

/* One folder is exchanged for a link to the outside, over and over, while targets are made in it. */
static void racing_link_never_leads_out(struct walk *walk)
{
    CHECK(mkdirat(folder, "root/swap", 0755) == 0);
    CHECK(symlinkat("../../../../outside", folder, "root/link") == 0);
    CHECK(mkdirat(folder, "root/outside", 0755) == 0);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            syscall(SYS_renameat2, folder, "root/swap", folder, "root/link", 2 /* RENAME_EXCHANGE */);
    }
    char path[64];
    for (int i = 0; i < 3000; i++) {
        snprintf(path, sizeof path, "/swap/f%d/x", i % 50);
        int result = make(walk, path, i % 2, 0);
        CHECK(result == 0 || result == -EAGAIN || result == -ENOENT || result == -EEXIST ||
              result == -ENOTDIR);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    for (int i = 0; i < 50; i++) {
        snprintf(path, sizeof path, "outside/f%d", i);
        EQUAL(kind(path), 0);
    }
}

const struct test path_tests[] = {
    {"is_made", is_made},
    {"stays_beneath_the_root", stays_beneath_the_root},
    {"dangling_link_is_followed", dangling_link_is_followed},
    {"loop_ends", loop_ends},
    {"chain_is_bounded", chain_is_bounded},
    {"links_are_refused_where_asked", links_are_refused_where_asked},
    {"long_paths_are_refused", long_paths_are_refused},
    {"other_kinds_are_named", other_kinds_are_named},
    {"parent_is_opened", parent_is_opened},
    {"racing_link_never_leads_out", racing_link_never_leads_out},
    {NULL, NULL},
};
