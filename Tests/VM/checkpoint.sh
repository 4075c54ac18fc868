# Checkpoint and restore through criu. Sourced after bundle.sh.

# A process that counts in a file of the host.
counter='.process.args = ["sh", "-c", "i=0; while :; do i=$((i+1)); echo $i >/mnt/count; sleep 0.1; done"]
    | .mounts += [{"destination": "/mnt", "type": "bind", "source": "/tmp/counter", "options": ["rbind"]}]'

# complains LOG...: fails, with the errors that criu wrote down.
complains() {
    grep -h Error "$@" >&2 || true
    return 1
}

# counted ID [CONFIGURATION]: a running counter that has reached 3.
counted() {
    mkdir -p /tmp/counter
    rm -rf /tmp/counter/*
    started "$1" "${2:-$counter}"
    soon eval '[ "$(cat /tmp/counter/count || echo 0)" -ge 3 ]'
}

# restored ID [OPTION...]: the container comes back from /tmp/images-ID, with other pipes.
restored() {
    local id=$1 at=/tmp/bundles/$1
    shift
    oci restore -d --image-path "/tmp/images-$id" --work-path "/tmp/work-$id" --bundle "$at" \
        --pid-file "$at/pid" "$@" "$id" < <(:) > >(cat >&2) 2>&1 || complains "/tmp/work-$id/restore.log"
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
    counted first
    dumped first
    mv /tmp/images-first /tmp/images-second
    local hook='[{"path": "/bin/sh", "args": ["sh", "-c", "cat >>/tmp/bundles/second/hooks"]}]'
    bundle second "$counter | .hooks = {createRuntime: $hook, poststart: $hook, poststop: $hook}"
    restored second
    has "/suite/second" "$(cat "/proc/$(pid_of second)/cgroup")"
    oci delete --force second
    is "creating running stopped" "$(jq -r .status /tmp/bundles/second/hooks | xargs)"
}

check_pipes_are_lent_again() {
    local at=/tmp/bundles/piped
    bundle piped '.process.args = ["sh", "-c", "while :; do echo tick; sleep 0.1; done"]'
    { oci run -d --bundle $at piped </dev/null 2>&1 | cat >$at/first; } &
    soon test -s $at/first
    dumped piped
    { oci restore -d --image-path /tmp/images-piped --bundle $at piped \
        </dev/null 2>&1 | cat >$at/second; } &
    soon grep -q tick $at/second
    status_is running piped
    oci delete --force piped
    wait
}

check_restore_waits() {
    local at=/tmp/bundles/waits status=0
    bundle waits '.process.args = ["sh", "-c", "while [ ! -e /mnt/end ]; do sleep 0.1; done; exit 7"]'
    rm -f /suite/rootfs/mnt/end
    oci run -d --bundle $at waits >$at/out 2>&1
    dumped waits
    touch /suite/rootfs/mnt/end
    ends 7 oci restore --image-path /tmp/images-waits --bundle $at waits >>$at/out 2>&1
    ends 1 oci state waits
}

check_a_terminal_comes_back() {
    local at=/tmp/bundles/shown
    bundle shown '.process.terminal = true
        | .mounts += [{"destination": "/dev/pts", "type": "devpts", "source": "devpts",
            "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]}]
        | .process.args = ["sh", "-c", "while read line; do echo \"<$line>\"; done"]'
    # Says what it is told, until told to end.
    mkfifo $at/in
    { cat $at/in | script -qfec "$RUNTIME --root /run/suite run --bundle $at shown" $at/typed >/dev/null; } &
    exec 5>$at/in
    soon status_is running shown
    echo one >&5
    soon grep -q '<one>' $at/typed
    dumped shown
    exec 5>&-
    wait
    mkfifo $at/again
    { cat $at/again | script -qfec "$RUNTIME --root /run/suite restore --image-path /tmp/images-shown \
        --bundle $at shown" $at/retyped >/dev/null; } &
    exec 5>$at/again
    soon status_is running shown
    echo two >&5
    soon grep -q '<two>' $at/retyped
    oci delete --force shown
    exec 5>&-
    wait
}

check_a_joined_network() {
    ip netns add suite-net
    counter="$counter | (.linux.namespaces[] | select(.type == \"network\")).path = \"/run/netns/suite-net\""
    counted joined
    dumped joined
    restored joined
    is "$(stat -Lc %i /run/netns/suite-net)" "$(stat -Lc %i "/proc/$(pid_of joined)/ns/net")"
    oci delete --force joined
    ip netns delete suite-net
}

check_masked_and_read_only_paths() {
    counter="$counter
        | .linux.maskedPaths = [\"/proc/kcore\", \"/proc/keys\", \"/sys/firmware\", \"/proc/none\"]
        | .linux.readonlyPaths = [\"/proc/sys\", \"/proc/bus\"]"
    counted masked
    dumped masked
    restored masked
    is "0" "$(oci exec masked cat /proc/keys | wc -c)"
    has "Read-only" "$(oci exec masked sh -c 'echo x >/proc/sys/kernel/domainname' 2>&1 || true)"
    oci delete --force masked
}

check_files_are_lent_again() {
    local at=/tmp/bundles/filed
    mkdir -p /tmp/counter
    rm -f /tmp/counter/*
    bundle filed "$counter"
    oci run -d --bundle $at filed </dev/null >$at/out 2>&1
    soon test -s /tmp/counter/count
    dumped filed
    # Of a file criu wants the size that it had.
    oci restore -d --image-path /tmp/images-filed --bundle $at filed </dev/null >>$at/out 2>&1
    status_is running filed
    oci delete --force filed
}

check_the_systemd_driver() {
    scoped() {
        oci --systemd-cgroup "$@" < <(:) > >(cat >&2) 2>&1
    }
    bundle unit "$counter | .linux.cgroupsPath = \"suite.slice:docklock:unit\""
    mkdir -p /tmp/counter
    scoped run -d --bundle /tmp/bundles/unit unit
    dumped unit
    soon eval '[ "$(unit_property docklock-unit.scope ActiveState)" = inactive ]'
    scoped restore -d --image-path /tmp/images-unit --bundle /tmp/bundles/unit \
        --pid-file /tmp/bundles/unit/pid unit
    has "/suite.slice/docklock-unit.scope" "$(cat "/proc/$(pid_of unit)/cgroup")"
    scoped delete --force unit
}

check_mounts_within_mounts() {
    mkdir -p /tmp/outer
    rm -rf /tmp/outer/*
    echo inner >/tmp/inner
    counter="$counter | .mounts += [
        {\"destination\": \"/mnt/outer\", \"source\": \"/tmp/outer\", \"options\": [\"bind\"]},
        {\"destination\": \"/mnt/outer/a/file\", \"source\": \"/tmp/inner\", \"options\": [\"bind\"]}]"
    counted nested
    dumped nested
    # As on another host, where nobody has made the places yet.
    rm -rf /tmp/outer/* /tmp/counter/*
    restored nested
    is "inner" "$(oci exec nested cat /mnt/outer/a/file)"
    oci delete --force nested
}

check_memory_comes_when_it_is_asked_for() {
    counted lazy
    mkfifo /tmp/bundles/lazy/status
    exec 6<>/tmp/bundles/lazy/status
    oci checkpoint --lazy-pages --page-server 127.0.0.1:27277 --status-fd 6 --image-path /tmp/images-lazy \
        --work-path /tmp/work-lazy lazy &
    ip link set lo up
    is "1" "$(head -c 1 <&6 | wc -c)"
    criu lazy-pages --page-server --address 127.0.0.1 --port 27277 -D /tmp/images-lazy -W /tmp/work-lazy \
        -o pages.log &
    soon test -e /tmp/work-lazy/lazy-pages.socket
    bundle later "$counter"
    oci restore -d --lazy-pages --image-path /tmp/images-lazy --work-path /tmp/work-lazy \
        --bundle /tmp/bundles/later later < <(:) > >(cat >&2) 2>&1 || complains /tmp/work-lazy/*.log
    # Once all of it has been asked for, the one that was left behind ends.
    soon eval '! oci state lazy >/dev/null 2>&1'
    status_is running later
    oci delete --force later
}

check_a_created_container_is_refused() {
    bundle waiting
    oci create --bundle /tmp/bundles/waiting waiting >/tmp/bundles/waiting/out 2>&1
    ends 1 oci checkpoint --image-path /tmp/images-waiting waiting
    oci delete waiting
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

# Its root can't pass the folders of states, which are closed to others.
check_a_user_namespace() {
    local maps='[{"containerID": 0, "hostID": 100000, "size": 65536}]'
    mkdir -p /tmp/counter
    chmod 777 /tmp/counter
    counted mapped "$counter | .linux.namespaces += [{\"type\": \"user\"}]
        | .linux.uidMappings = $maps | .linux.gidMappings = $maps"
    dumped mapped
    restored mapped
    is "100000" "$(stat -c %u "/proc/$(pid_of mapped)")"
    oci delete --force mapped
}

check_the_socket_of_readiness() {
    local before
    export NOTIFY_SOCKET=/tmp/ready-socket
    bundle told "$counter"
    mkdir -p /tmp/counter
    # Nobody says that it is ready, so that only its end would let a detached run return.
    oci create --bundle /tmp/bundles/told told >/tmp/bundles/told/out 2>&1 </dev/null
    oci start told >/dev/null 2>&1 </dev/null &
    soon status_is running told
    dumped told
    wait $!
    unset NOTIFY_SOCKET
    before=$(cat /tmp/counter/count)
    oci restore -d --image-path /tmp/images-told --work-path /tmp/work-told --bundle /tmp/bundles/told told \
        </dev/null >>/tmp/bundles/told/out 2>&1 || complains /tmp/work-told/restore.log
    soon eval '[ "$(cat /tmp/counter/count)" -gt '"$before"' ]'
    oci delete --force told
    ends 1 oci state told
}
