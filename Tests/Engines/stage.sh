#!/bin/bash
# Runs the checks of the engines, inside the namespaces that hack/engines made.
# usage: stage.sh RUNTIME WORK CGROUP-PARENT ENGINE...
set -euo pipefail
export PARTS WORK=$2 RUNTIME=$1 PARENT=$3
PARTS=$(cd "$(dirname "$0")" && pwd)
shift 3

mount -t tmpfs -o mode=755 engines "$WORK"
for place in /run /dev/shm; do
    mount -t tmpfs -o mode=755 engines "$place"
done
mkdir -p /run/lock "$WORK/home"
# conmon leaves its word of a container out of memory in the directory where it was started.
cd "$WORK"
export HOME=$WORK/home TMPDIR=$WORK XDG_RUNTIME_DIR=
ip link set lo up
# podman makes directories for v1 controllers that are not mounted: on a tmpfs that goes with it.
# crun 1.8 refuses a hybrid hierarchy: it is shown the v1 part alone.
if [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir "$WORK/cgroup"
    mount -t tmpfs -o mode=755 cgroup "$WORK/cgroup"
    for tree in /sys/fs/cgroup/*; do
        if [ -L "$tree" ]; then
            cp -P "$tree" "$WORK/cgroup/"
        elif mountpoint -q "$tree" && [ "$(basename "$RUNTIME") ${tree##*/}" != "crun unified" ]; then
            mkdir "$WORK/cgroup/${tree##*/}"
            mount --move "$tree" "$WORK/cgroup/${tree##*/}"
        fi
    done
    umount -l /sys/fs/cgroup
    mount --move "$WORK/cgroup" /sys/fs/cgroup
fi

"$PARTS/image.sh" "$WORK/box.tar" box sh
passed=0 failed=0

# Runs one check, a function of an engine's file, under a bound of its own.
run_check() {
    local engine=$1 name=$2 log=$WORK/check.log status=0
    timeout -k 5 60 "$PARTS/call.sh" "$engine" "check_$name" </dev/null >"$log" 2>&1 || status=$?
    if [ "$status" = 0 ]; then
        passed=$((passed + 1))
        echo "ok   $engine: ${name//_/ }"
    elif [ "$status" = 77 ]; then
        echo "skip $engine: ${name//_/ } ($(tail -n 1 "$log"))"
    else
        failed=$((failed + 1))
        echo "FAIL $engine: ${name//_/ } (status $status)"
        tail -n 12 "$log" | sed 's/^/     /'
    fi
}

for engine in "$@"; do
    if ! "$PARTS/call.sh" "$engine" begin </dev/null >"$WORK/begin.log" 2>&1; then
        failed=$((failed + 1))
        echo "FAIL $engine: begin"
        tail -n 20 "$WORK/begin.log" | sed 's/^/     /'
        continue
    fi
    while read -r name; do
        if [[ "$name" == ${ONLY:-*} ]]; then
            run_check "$engine" "$name"
        fi
    done < <(sed -n 's/^check_\([a-z0-9_]*\)() {.*/\1/p' "$PARTS/$engine"/*.sh)
    timeout -k 5 60 "$PARTS/call.sh" "$engine" end </dev/null >>"$WORK/begin.log" 2>&1 || true
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
