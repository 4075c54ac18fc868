# Cgroup v2 through its files: limits, devices, freezer, memory events. Sourced after bundle.sh.

check_a_pure_v2_machine() {
    is "cgroup2fs" "$(stat -f -c %T /sys/fs/cgroup)"
    has "docklock" "$(hostname)"
}

check_run() {
    is "guest 1" "$(once run . 'echo $(hostname) $$')"
    is "0::/" "$(once run . 'cat /proc/self/cgroup')"
    is "" "$(oci list -q)"
}

check_exit_status() {
    ends 7 once status . 'exit 7'
}

check_limits_of_memory_and_tasks() {
    started memory '.linux.resources += {
        "memory": {"limit": 67108864, "reservation": 33554432, "swap": 100663296}, "pids": {"limit": 33}}'
    is "67108864" "$(file memory memory.max)"
    is "33554432" "$(file memory memory.low)"
    is "33554432" "$(file memory memory.swap.max)"
    is "33" "$(file memory pids.max)"
    oci delete --force memory
}

check_limits_of_processors() {
    started cpu '.linux.resources.cpu = {"shares": 2048, "quota": 20000, "period": 50000,
        "cpus": "0", "mems": "0"}'
    is "20000 50000" "$(file cpu cpu.max)"
    is "0" "$(file cpu cpuset.cpus)"
    is "0" "$(file cpu cpuset.mems)"
    [ "$(file cpu cpu.weight)" -gt 50 ]
    oci delete --force cpu
}

check_unified_keys() {
    started unified '.linux.resources.unified = {"memory.high": "50331648", "cpu.weight": "77",
        "pids.max": "44"}'
    is "50331648 77 44" \
        "$(file unified memory.high) $(file unified cpu.weight) $(file unified pids.max)"
    oci delete --force unified
}

check_an_unknown_unified_key_is_refused() {
    ends 1 started unknown '.linux.resources.unified = {"nothing.max": "1"}'
    gone /sys/fs/cgroup/suite/unknown
    ends 1 oci state unknown
}

check_update() {
    started update '.linux.resources.memory.limit = 67108864'
    oci update --memory 33554432 --pids-limit 21 --cpu-quota 10000 --cpu-period 100000 update
    is "33554432 21 10000 100000" \
        "$(file update memory.max) $(file update pids.max) $(file update cpu.max)"
    echo '{"unified": {"memory.high": "16777216"}, "memory": {"limit": 50331648}}' | oci update -r - update
    is "50331648" "$(file update memory.max)"
    oci delete --force update
}

check_pause_and_resume() {
    started pause
    oci pause pause
    has "frozen 1" "$(file pause cgroup.events)"
    status_is paused pause
    refused "$RUNTIME" --root /run/suite exec pause true
    oci resume pause
    has "frozen 0" "$(file pause cgroup.events)"
    oci exec pause true
    oci delete --force pause
}

# As an init system inside does; docker and podman exec in such containers.
check_exec_follows_a_container_that_made_cgroups() {
    started nested '(.mounts[] | select(.destination == "/sys/fs/cgroup") | .options) = ["nosuid", "nodev"]
        | .process.args = ["sh", "-c", "cd /sys/fs/cgroup && mkdir inner && echo 1 >inner/cgroup.procs &&
            echo +pids >cgroup.subtree_control && exec sleep 1000"]'
    soon grep -q pids "/sys/fs/cgroup/suite/nested/cgroup.subtree_control"
    is "0::/inner" "$(oci exec nested cat /proc/self/cgroup)"
    oci delete --force nested
    gone /sys/fs/cgroup/suite/nested
}

check_a_frozen_container_dies() {
    started frozen
    oci pause frozen
    local directory
    directory=$(group unified "$(pid_of frozen)")
    oci delete --force frozen
    gone "$directory"
}

check_every_process_dies() {
    started all '.process.args = ["sh", "-c", "sleep 1000 & sleep 1000 & wait"]'
    local directory
    directory=$(group unified "$(pid_of all)")
    soon eval '[ "$(wc -l <'"$directory"'/cgroup.procs)" = 3 ]'
    oci kill --all all KILL || oci kill all KILL
    soon eval '[ ! -s '"$directory"'/cgroup.procs ]'
    soon status_is stopped all
    oci delete all
    gone "$directory"
}

devices='{"allow": false, "access": "rwm"}'
mknod='.process.capabilities = {"bounding": ["CAP_MKNOD"], "effective": ["CAP_MKNOD"],
    "permitted": ["CAP_MKNOD"]}'

check_devices_are_denied_by_program() {
    has "not permitted" "$(once denied ".linux.resources.devices = [$devices] | $mknod" \
        'mknod /tmp/vda b 254 0; head -c 1 /tmp/vda' 2>&1)"
}

check_devices_are_allowed_by_program() {
    local rule='{"allow": true, "type": "c", "major": 1, "minor": 11, "access": "r"}'
    local caps='.process.capabilities = {"bounding": ["CAP_MKNOD", "CAP_SYSLOG"],
        "effective": ["CAP_MKNOD", "CAP_SYSLOG"], "permitted": ["CAP_MKNOD", "CAP_SYSLOG"]}'
    local node='.linux.devices = [{"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11,
        "fileMode": 438}]'
    local script='head -c 1 /dev/kmsg >/tmp/x && echo read; echo x 2>/tmp/y >/dev/kmsg || echo refused'
    local filter=".linux.resources.devices = [$devices, $rule] | $caps | $node"
    is "read refused" "$(once allowed "$filter" "$script" | tr '\n' ' ' | sed 's/ $//')"
}

check_the_usual_devices_always_work() {
    is "8" "$(once usual . 'head -c 8 /dev/zero | wc -c; echo >/dev/null; head -c 1 /dev/urandom >/dev/null')"
}

check_an_update_keeps_the_devices() {
    started keeps ".linux.resources.devices = [$devices] | $mknod"
    oci update --pids-limit 50 keeps
    has "not permitted" "$(oci exec keeps \
        sh -c 'mknod /tmp/vda b 254 0; head -c 1 /tmp/vda' 2>&1 || true)"
    oci delete --force keeps
}

check_running_out_of_memory() {
    started hungry '.linux.resources.memory = {"limit": 16777216, "swap": 16777216}
        | .process.args = ["sh", "-c", "sleep 1000"]'
    oci events hungry >/tmp/bundles/hungry/events 2>/dev/null &
    local listener=$!
    soon test -s /tmp/bundles/hungry/events
    oci exec hungry tail /dev/zero || true
    has "oom_kill 1" "$(file hungry memory.events)"
    soon grep -q '"oom"' /tmp/bundles/hungry/events
    kill $listener || true
    oci delete --force hungry
}

check_statistics() {
    started counted '.linux.resources.pids.limit = 10'
    is "1 10" "$(oci events --stats counted | jq -r '"\(.data.pids.current) \(.data.pids.limit)"')"
    [ "$(oci events --stats counted | jq .data.memory.usage.usage)" -gt 0 ]
    oci delete --force counted
}

check_what_an_unprivileged_cgroup_mount_shows() {
    has "pids.max" "$(once shown . 'ls /sys/fs/cgroup')"
    has "Read-only" "$(once shown . 'mkdir /sys/fs/cgroup/x' 2>&1)"
    once shown '.mounts |= map(if .type == "cgroup" then .options = ["rw"] else . end)' \
        'mkdir /sys/fs/cgroup/x'
}

check_the_whole_capability_set_and_rlimits() {
    local caps
    caps=$(jq -Rnc '[inputs]' /suite/capabilities)
    is "000001ffffffffff" "$(once caps ".process.capabilities = {\"bounding\": $caps, \"effective\": $caps,
        \"permitted\": $caps}" 'awk "/^CapEff/ { print \$2 }" /proc/self/status')"
    is "2000000" "$(once limits '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 1000, "hard": 1000},
        {"type": "RLIMIT_NPROC", "soft": 2000000, "hard": 2000000}]' 'ulimit -u')"
    is "-500" "$(once score '.process.oomScoreAdj = -500' 'cat /proc/self/oom_score_adj')"
}
