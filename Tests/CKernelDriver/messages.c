/* The socket between the walker and the runtime. */
#include "driver.h"

#include <sys/socket.h>

static int descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void descriptors_travel(struct walk *walk)
{
    int ends[2], fds[4], sent[4];
    char room[8];
    (void)walk;
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    for (int i = 0; i < 4; i++)
        sent[i] = ends[0];
    for (size_t count = 0; count <= 4; count++) {
        EQUAL(dl_send(ends[0], "words", 5, sent, count), 0);
        EQUAL(dl_receive(ends[1], room, sizeof room, fds, 4), 5);
        for (size_t i = 0; i < 4; i++) {
            CHECK(i < count ? fcntl(fds[i], F_GETFD) == FD_CLOEXEC : fds[i] == -1);
            if (fds[i] >= 0)
                close(fds[i]);
        }
    }
    EQUAL(dl_send(ends[0], "words", 5, sent, 5), -EINVAL);
}

/* More than were asked for are closed, not left open. */
static void unasked_descriptors_are_closed(struct walk *walk)
{
    int ends[2], fds[1], sent[4];
    char room[8];
    (void)walk;
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    for (int i = 0; i < 4; i++)
        sent[i] = ends[0];
    int before = descriptors();
    EQUAL(dl_send(ends[0], "words", 5, sent, 4), 0);
    EQUAL(dl_receive(ends[1], room, sizeof room, fds, 1), 5);
    EQUAL(descriptors(), before + 1);
    EQUAL(dl_send(ends[0], "words", 5, sent, 4), 0);
    EQUAL(dl_receive(ends[1], room, sizeof room, NULL, 0), 5);
    EQUAL(descriptors(), before + 1);
}

static void end_is_told(struct walk *walk)
{
    int ends[2], fds[4];
    char room[8];
    (void)walk;
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    EQUAL(dl_send(ends[0], "longer than the room", 20, NULL, 0), 0);
    EQUAL(dl_receive(ends[1], room, sizeof room, fds, 4), 8);
    close(ends[0]);
    EQUAL(dl_receive(ends[1], room, sizeof room, fds, 4), 0);
    EQUAL(dl_send(ends[1], "x", 1, NULL, 0), -EPIPE);
    EQUAL(dl_receive(-1, room, sizeof room, fds, 4), -EBADF);
}

const struct test message_tests[] = {
    {"descriptors_travel", descriptors_travel},
    {"unasked_descriptors_are_closed", unasked_descriptors_are_closed},
    {"end_is_told", end_is_told},
    {NULL, NULL},
};
