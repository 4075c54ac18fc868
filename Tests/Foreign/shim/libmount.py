"""As much of util-linux's libmount as crun's mount tests use: Debian packages no Python binding."""


class Mount:
    def __init__(self, target, vfs_options, fs_options):
        self.target = target
        self.vfs_options = vfs_options
        self.fs_options = fs_options


class Table:
    """The mounts of a file in the format of /proc/self/mountinfo."""

    def __init__(self, path):
        self.mounts = []
        with open(path) as lines:
            for line in lines:
                fields = line.split()
                if "-" in fields:
                    dash = fields.index("-")
                    self.mounts.append(Mount(fields[4], fields[5], fields[dash + 3]))

    def find_target(self, target):
        for mount in self.mounts:
            if mount.target == target:
                return mount
        return None
