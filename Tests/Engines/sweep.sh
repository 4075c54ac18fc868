#!/bin/bash
# Removes the cgroups below the parents NAME* of every hierarchy. usage: sweep.sh NAME
set -euo pipefail
name=$1
for _ in $(seq 50); do
    left=()
    while read -r group; do
        rmdir "$group" 2>/dev/null || left+=("$group")
    done < <(find /sys/fs/cgroup -depth -type d -path "*/$name*" 2>/dev/null)
    [ ${#left[@]} -gt 0 ] || exit 0
    sleep 0.1
done
printf 'cgroup left behind: %s\n' "${left[@]}" >&2
exit 1
