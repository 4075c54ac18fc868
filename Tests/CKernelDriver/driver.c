#include "driver.h"

#include <sys/mman.h>

int folder = -1;

static const struct test *const all[] = {path_tests, copy_tests, program_tests, message_tests};

static void run(const struct test *test)
{
    static struct walk walk = {.socket = -1, .root = -1, .proc = -1, .null = -1, .empty = -1};
    CHECK(mkdirat(folder, "root", 0755) == 0 && mkdirat(folder, "outside", 0755) == 0);
    walk.root = openat(folder, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK(walk.root >= 0);
    test->run(&walk);
}

/* driver list | driver NAME FOLDER */
int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        for (const struct test *test = all[i]; test->name; test++) {
            if (argc == 2 && strcmp(argv[1], "list") == 0)
                puts(test->name);
            if (argc != 3 || strcmp(argv[1], test->name) != 0)
                continue;
            folder = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            CHECK(folder >= 0);
            umask(0022);
            run(test);
            return 0;
        }
    }
    return argc == 2 ? 0 : 2;
}
