# Checkpoint and restore through criu. Sourced after bundle.sh.

# A process that counts in a file of the host.
counter='.process.args = ["sh", "-c", "i=0; while :; do i=$((i+1)); echo $i >/mnt/count; sleep 0.1; done"]
    | .mounts += [{"destination": "/mnt", "type": "bind", "source": "/tmp/counter", "options": ["rbind"]}]'

# complains LOG...: fails, with the errors that criu wrote down.
complains() {
    grep -h Error "$@" >&2 || true
    return 1
}

# counted ID: a running counter that has reached 3.
counted() {
    mkdir -p /tmp/counter
    rm -f /tmp/counter/*
    started "$1" "$counter"
    soon eval '[ "$(cat /tmp/counter/count || echo 0)" -ge 3 ]'
}

# restored ID [OPTION...]: the container comes back from /tmp/images-ID, its output into the same file: of a
# file criu wants the size that it had.
restored() {
    local id=$1 at=/tmp/bundles/$1
    shift
    oci restore -d --image-path "/tmp/images-$id" --work-path "/tmp/work-$id" --bundle "$at" \
        --pid-file "$at/pid" "$@" "$id" >>"$at/out" 2>&1 || complains "$at/out" "/tmp/work-$id/restore.log"
}

# dumped ID [OPTION...]: the container is written to /tmp/images-ID.
dumped() {
    local id=$1
    shift
    oci checkpoint --image-path "/tmp/images-$id" --work-path "/tmp/work-$id" "$@" "$id" \
        || complains "/tmp/work-$id/dump.log"
}

check_checkpoint_and_restore() {
    counted moved
    dumped moved
    ends 1 oci state moved
    local before
    before=$(cat /tmp/counter/count)
    restored moved
    status_is running moved
    soon eval '[ "$(cat /tmp/counter/count)" -gt '"$before"' ]'
    oci exec moved true
    oci delete --force moved
    gone /sys/fs/cgroup/suite/moved
    ends 1 grep -q /suite/rootfs /proc/self/mountinfo
}

check_checkpoint_leaves_it_running() {
    counted stays
    dumped stays --leave-running
    status_is running stays
    local before
    before=$(cat /tmp/counter/count)
    soon eval '[ "$(cat /tmp/counter/count)" -gt '"$before"' ]'
    oci delete --force stays
}

check_limits_come_back() {
    counter="$counter | .linux.resources.pids.limit = 77"
    counted limits
    dumped limits
    restored limits
    is "77" "$(file limits pids.max)"
    oci delete --force limits
}

check_memory_is_dumped_beforehand() {
    counted early
    dumped early --pre-dump
    status_is running early
    mv /tmp/images-early /tmp/images-parent
    mkdir /tmp/images-early
    mv /tmp/images-parent /tmp/images-early/parent
    dumped early --parent-path parent
    restored early
    status_is running early
    oci delete --force early
}

check_another_cgroup_and_hooks() {
    bundle second "$counter"
    counted first
    dumped first
    mv /tmp/images-first /tmp/images-second
    mkdir -p /tmp/work-second
    cp /tmp/bundles/first/out /tmp/bundles/second/out
    local hook='[{"path": "/bin/sh", "args": ["sh", "-c", "cat >>/tmp/bundles/second/hooks"]}]'
    bundle second "$counter | .hooks = {createRuntime: $hook, poststart: $hook, poststop: $hook}"
    restored second
    has "/suite/second" "$(cat "/proc/$(pid_of second)/cgroup")"
    oci delete --force second
    is "creating running stopped" "$(jq -r .status /tmp/bundles/second/hooks | xargs)"
}

check_pipes_are_lent_again() {
    mkdir -p /tmp/counter
    bundle piped '.process.args = ["sh", "-c", "while :; do echo tick; sleep 0.1; done"]'
    oci run -d --bundle /tmp/bundles/piped piped </dev/null 2>&1 | head -n 2 >/tmp/bundles/piped/before &
    soon eval '[ "$(wc -l </tmp/bundles/piped/before)" = 2 ]'
    wait
    # The pipe lost its reader: the shell is told so and ends.
    soon status_is stopped piped
    oci delete piped
    mkfifo /tmp/bundles/piped/fifo
    sleep 1000 <>/tmp/bundles/piped/fifo &
    local holder=$!
    { oci run -d --bundle /tmp/bundles/piped piped </dev/null 2>&1 | cat >/tmp/bundles/piped/first; } &
    soon test -s /tmp/bundles/piped/first
    dumped piped
    { oci restore -d --image-path /tmp/images-piped --work-path /tmp/work-piped --bundle /tmp/bundles/piped piped \
        </dev/null 2>&1 | cat >/tmp/bundles/piped/second; } &
    soon grep -q tick /tmp/bundles/piped/second
    status_is running piped
    oci delete --force piped
    kill $holder
}

check_restore_waits() {
    bundle waits '.process.args = ["sh", "-c", "while [ ! -e /tmp/end ]; do sleep 0.1; done; exit 7"]'
    oci run -d --bundle /tmp/bundles/waits waits >/tmp/bundles/waits/out 2>&1
    dumped waits
    touch /suite/rootfs/tmp/end
    ends 7 oci restore --image-path /tmp/images-waits --work-path /tmp/work-waits --bundle /tmp/bundles/waits \
        waits >>/tmp/bundles/waits/out 2>&1
    rm /suite/rootfs/tmp/end
    ends 1 oci state waits
}

check_a_failed_restore_leaves_nothing() {
    counted fails
    dumped fails
    rm /tmp/images-fails/core-*.img
    ends 1 oci restore -d --image-path /tmp/images-fails --bundle /tmp/bundles/fails fails
    ends 1 oci state fails
    gone /sys/fs/cgroup/suite/fails
    ends 1 grep -q /run/suite /proc/self/mountinfo
}

check_nothing_to_checkpoint() {
    ends 1 oci checkpoint --image-path /tmp/none none
}
