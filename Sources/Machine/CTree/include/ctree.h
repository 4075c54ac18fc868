#pragma once
#include <stddef.h>
/* Extended attributes, which the C library's module for Swift leaves out. */
#include <sys/xattr.h>

/* Opens `path` as if `root` were the root directory: absolute links, `..` and links in the middle stay below
   it. No magic links, no other mount. Returns a descriptor that closes on exec, or -errno. */
int dl_open_in_root(int root, const char *path, int flags);
