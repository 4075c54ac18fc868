/* Which program is run, with which HOME, and how it ends. */
#include "driver.h"

#include <limits.h>
#include <signal.h>
#include <sys/wait.h>

/* A blob of one step, DL_EXEC with this program and this PATH, in memory as the walker has it. */
static int resolve(struct walk *walk, const char *program, const char *path)
{
    static unsigned char base[4 * PATH_MAX];
    static struct dl_step exec;
    size_t at = 16;
    memset(base, 0, sizeof base);
    exec = (struct dl_step){.op = DL_EXEC, .n = {1, path ? 2 : 1}, .s = {16}};
    at += (size_t)sprintf((char *)base + at, "%s", program) + 1;
    exec.s[1] = (uint32_t)at;
    at += (size_t)sprintf((char *)base + at, "PATHOLOGY=/bin") + 1;
    if (path)
        sprintf((char *)base + at, "PATH=%s", path);
    walk->base = base;
    walk->exec = &exec;
    walk->program[0] = 0;
    return dl_step_resolve(walk, NULL);
}

static void program_is_found(struct walk *walk)
{
    char path[PATH_MAX];
    CHECK(fchdir(folder) == 0);
    CHECK(mkdirat(folder, "root/bin", 0755) == 0 && mkdirat(folder, "root/sbin", 0755) == 0);
    CHECK(mkdirat(folder, "root/sbin/tool", 0755) == 0);
    put("root/bin/tool", "", 0, 0755);
    put("root/bin/text", "", 0, 0644);
    CHECK(mkfifoat(folder, "root/bin/fifo", 0755) == 0);
    EQUAL(resolve(walk, "tool", "root/none:root/sbin:root/bin"), 0);
    CHECK(strcmp(walk->program, "root/bin/tool") == 0);
    EQUAL(resolve(walk, "text", "root/bin:root/sbin"), -EACCES);
    EQUAL(resolve(walk, "fifo", "root/bin"), -EACCES);
    EQUAL(resolve(walk, "none", "root/bin"), -ENOENT);
    EQUAL(resolve(walk, "tool", "root/sbin"), -ENOENT);
    EQUAL(resolve(walk, "", "root/bin"), -ENOENT);
    EQUAL(resolve(walk, "root/bin/tool", "/nowhere"), 0);
    EQUAL(resolve(walk, "root/sbin/tool", NULL), -EISDIR);
    EQUAL(resolve(walk, "root/bin/tool/x", NULL), -ENOTDIR);
    /* An empty part is the working directory. */
    put("here", "", 0, 0755);
    EQUAL(resolve(walk, "here", ":/nowhere"), 0);
    EQUAL(resolve(walk, "sh", NULL), 0);
    EQUAL(resolve(walk, "sh", ""), 0);
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = 0;
    EQUAL(resolve(walk, "tool", path), -ENOENT);
    memcpy(path + 4000, ":root/bin", 10);
    EQUAL(resolve(walk, "tool", path), 0);
    memset(path, 'n', sizeof path - 1);
    path[0] = '/';
    CHECK(resolve(walk, path, NULL) < 0);
}

static const char *home(struct walk *walk, const char *passwd, size_t size, uint64_t uid)
{
    struct dl_step step = {.op = DL_HOME, .n = {uid}};
    put("root/etc/passwd", passwd, size, 0644);
    EQUAL(dl_step_home(walk, &step), 0);
    return walk->home;
}

#define HOME(text, uid, wanted) CHECK(strcmp(home(walk, text, sizeof text - 1, uid), wanted) == 0)

static void home_is_read(struct walk *walk)
{
    CHECK(mkdirat(folder, "root/etc", 0755) == 0);
    HOME("root:x:0:0:root:/root:/bin/sh\na:x:5:5::/home/a:\n", 5, "HOME=/home/a");
    HOME("root:x:0:0:root:/root:/bin/sh\na:x:5:5::/home/a", 5, "HOME=/home/a");
    HOME("a:x:5:5::/first:\na:x:5:5::/second:\n", 5, "HOME=/first");
    HOME("a:x:5:5::/home/a:\n", 6, "HOME=/");
    HOME("", 0, "HOME=/");
    HOME("\n\n:::::::\nroot\n", 0, "HOME=/");
    HOME("a:x:zero:0::/wrong:\nb:x::0::/wrong:\nc:x:0x:0::/wrong:\nd:x:-0:0::/wrong:\n", 0, "HOME=/");
    HOME("a:x: 5:5::/wrong:\nb:x:+5:5::/wrong:\nc:x:5 :5::/wrong:\n", 5, "HOME=/");
    HOME("a:x:5:5::relative:\n", 5, "HOME=/");
    HOME("a:x:5:5:::\n", 5, "HOME=/");
    HOME("a\0b:x:5:5::/nul:\nc:x:5:5::/right:\n", 5, "HOME=/right");
    HOME("a:x:99999999999999999999999999:5::/wrong:\n", 4294967295u, "HOME=/");
}

static void odd_passwd_is_survived(struct walk *walk)
{
    static char large[3 << 20];
    struct dl_step step = {.op = DL_HOME, .n = {5}};
    CHECK(mkdirat(folder, "root/etc", 0755) == 0);
    /* A line longer than any buffer, then the user's. */
    memset(large, 'x', sizeof large);
    memcpy(large + 20000, "\na:x:5:5::/home/a:\n", 19);
    CHECK(strcmp(home(walk, large, 30000, 5), "HOME=/home/a") == 0);
    /* Longer than is read. */
    memset(large, 'x', sizeof large);
    memcpy(large + sizeof large - 20, "\na:x:5:5::/home/a:\n", 19);
    CHECK(strcmp(home(walk, large, sizeof large, 5), "HOME=/") == 0);
    memset(large, ':', sizeof large);
    CHECK(strcmp(home(walk, large, sizeof large, 5), "HOME=/") == 0);
    /* A home that is as long as a line may be. */
    memcpy(large, "a:x:5:5::/", 10);
    memset(large + 10, 'h', 6000);
    large[6010] = '\n';
    CHECK(strlen(home(walk, large, 6011, 5)) < sizeof walk->home);
    CHECK(unlinkat(folder, "root/etc/passwd", 0) == 0 && mkfifoat(folder, "root/etc/passwd", 0600) == 0);
    EQUAL(dl_step_home(walk, &step), 0);
    CHECK(strcmp(walk->home, "HOME=/") == 0);
    CHECK(unlinkat(folder, "root/etc/passwd", 0) == 0 && mkdirat(folder, "root/etc/passwd", 0700) == 0);
    EQUAL(dl_step_home(walk, &step), 0);
    /* Beneath the root this is the image's own file, not the host's. */
    put("outside/passwd", "a:x:5:5::/outside:\n", 19, 0644);
    CHECK(unlinkat(folder, "root/etc/passwd", AT_REMOVEDIR) == 0);
    CHECK(symlinkat("../../outside/passwd", folder, "root/etc/passwd") == 0);
    EQUAL(dl_step_home(walk, &step), 0);
    CHECK(strcmp(walk->home, "HOME=/") == 0);
}

static int shell(const char *script, int input, int output, unsigned seconds)
{
    char name[] = "sh", option[] = "-c", text[256];
    snprintf(text, sizeof text, "%s", script);
    char *const argv[] = {name, option, text, NULL}, *const envp[] = {NULL};
    return dl_run("/bin/sh", argv, envp, input, output, seconds);
}

static void programs_end_as_they_do(struct walk *walk)
{
    char *const none[] = {NULL};
    (void)walk;
    EQUAL(shell("exit 0", -1, -1, 0), 0);
    EQUAL(dl_exited(shell("exit 9", -1, -1, 5)), 9);
    EQUAL(dl_exited(shell("kill -15 $$", -1, -1, 0)), 128 + SIGTERM);
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    EQUAL(shell("read never", ends[0], -1, 1), -ETIMEDOUT);
    EQUAL(dl_run("/nowhere", none, none, -1, -1, 0), -ENOENT);
    EQUAL(dl_run("/etc/passwd", none, none, -1, -1, 0), -EACCES);
    EQUAL(waitpid(-1, NULL, WNOHANG), -1);
    EQUAL(errno, ECHILD);
}

/* Nobody may have the walker walk what the runtime has not written and sealed. */
static void walker_refuses_strangers(struct walk *walk)
{
    char name[] = "docklock-init", number[16];
    char *const argv[] = {name, number, NULL}, *const envp[] = {NULL};
    int output = openat(folder, "outside/words", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    static char bytes[4096];
    (void)walk;
    int unsealed = dl_memfd("unsealed"), sealed = dl_memfd("sealed");
    CHECK(write(unsealed, bytes, sizeof bytes) > 0 && write(sealed, bytes, sizeof bytes) > 0);
    EQUAL(dl_seal(sealed), 0);
    const int given[] = {-1, 0, 2, 999, unsealed, sealed};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        snprintf(number, sizeof number, "%d", given[i]);
        EQUAL(dl_exited(dl_run("/proc/self/exe", argv, envp, -1, output, 5)), 126);
    }
}

const struct test program_tests[] = {
    {"program_is_found", program_is_found},
    {"home_is_read", home_is_read},
    {"odd_passwd_is_survived", odd_passwd_is_survived},
    {"programs_end_as_they_do", programs_end_as_they_do},
    {"walker_refuses_strangers", walker_refuses_strangers},
    {NULL, NULL},
};
