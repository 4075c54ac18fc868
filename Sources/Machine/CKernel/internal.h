/* What the walker's files share. */
#ifndef DL_INTERNAL_H
#define DL_INTERNAL_H

#include "ckernel.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The walk's own state: one process, one thread, so one of it. */
struct walk {
    unsigned char *base;
    const struct dl_blob *blob;
    const struct dl_step *steps;
    const struct dl_step *exec; /* the last step */
    uint32_t at;                /* the step under way */
    int socket;
    int root;                   /* the new root, before the pivot; "/" after it */
    int proc;                   /* the host's /proc, checked to be one */
    int null;                   /* the host's /dev/null */
    int empty;                  /* an empty read-only filesystem, for masks */
    int fifo;                   /* once the container was started through it */
    int slots[DL_SLOTS];
    int status;                 /* wait status of a hook that failed */
    char program[4096];
    char home[4096];
};

typedef int dl_step_fn(struct walk *walk, const struct dl_step *step);

static inline const char *dl_text(const struct walk *walk, const struct dl_step *step, int index)
{
    return step->s[index] ? (const char *)walk->base + step->s[index] : NULL;
}

/* Looks a path up beneath the root; O_PATH unless flags say more. */
int dl_in_root(const struct walk *walk, const char *path, int flags, unsigned resolve);
int dl_self_file(struct walk *walk, const char *name, int flags);

dl_step_fn dl_step_root, dl_step_propagate, dl_step_mount, dl_step_bind, dl_step_directory, dl_step_symlink,
    dl_step_device, dl_step_pivot, dl_step_attributes, dl_step_mask, dl_step_readonly, dl_step_super,
    dl_step_console, dl_step_bounding, dl_step_user, dl_step_capabilities, dl_step_filter, dl_step_cwd,
    dl_step_home, dl_step_resolve, dl_step_hook, dl_step_exec, dl_step_loopback, dl_step_put, dl_step_sysctl,
    dl_step_become, dl_step_label;

int dl_hide_host(struct walk *walk);
int dl_copy_tree(int from, int to);
int dl_make_target(const struct walk *walk, const char *path, bool file, unsigned resolve);
int dl_parent_in_root(const struct walk *walk, const char *path, char *last);
int dl_bind_fd(int source, int target);

#endif
