#!/bin/bash
# Writes the configurations that podman makes of the command lines in lines.txt (a name and flags a line),
# without filters and with this run's paths left out. As root, in namespaces of its own:
#   unshare --mount --pid --net --ipc --uts --fork --mount-proc --propagation private make.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
parent=podman-golden-$$
sweep() {
    "$here/../../Engines/sweep.sh" "$parent" || true
    umount -R "$work" 2>/dev/null || true
    rm -rf --one-file-system "$work"
}
trap sweep EXIT
mount -t tmpfs -o mode=755 podman "$work"
mount -t tmpfs -o mode=755 podman /run
mkdir -p "$work/home" "$work/cgroup" /run/lock
# podman makes directories for v1 controllers that are not mounted: on a tmpfs that goes with it.
if [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
    mount -t tmpfs -o mode=755 cgroup "$work/cgroup"
    for tree in /sys/fs/cgroup/*; do
        if [ -L "$tree" ]; then
            cp -P "$tree" "$work/cgroup/"
        elif mountpoint -q "$tree"; then
            mkdir "$work/cgroup/${tree##*/}"
            mount --move "$tree" "$work/cgroup/${tree##*/}"
        fi
    done
    umount -l /sys/fs/cgroup
    mount --move "$work/cgroup" /sys/fs/cgroup
fi
export HOME=$work/home TMPDIR=$work XDG_RUNTIME_DIR='' CONTAINERS_CONF=$work/containers.conf
printf '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n' >"$CONTAINERS_CONF"
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$work/policy.json"
"$here/../../Engines/image.sh" "$work/box.tar"
p() {
    podman --root "$work/podman" --runroot /run/podman --storage-driver overlay --runtime runc "$@"
}
p load -q -i "$work/box.tar" --signature-policy "$work/policy.json"
while read -r name flags; do
    # The words of a line are parted at spaces, as the tests part them.
    # shellcheck disable=SC2086
    id=$(p create --network none --cgroup-parent "/$parent" $flags)
    # The file is written before the runtime is called; whether that likes this host is of no interest.
    p init "$id" >/dev/null 2>&1 || true
    jq -S 'del(.linux.seccomp, .hooks, .annotations, .linux.cgroupsPath, .root.path)
        | .mounts |= map(if .type == "bind" then .source |= sub("^.*/"; "") else . end)' \
        "$work/podman/overlay-containers/$id/userdata/config.json" >"$here/$name.json"
    p rm -f -t 0 "$id" >/dev/null
done <"$here/lines.txt"
