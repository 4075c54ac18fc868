# podman on the runtime under test. Sourced after check.sh; every check_ function is one check.

export CONTAINERS_CONF=$WORK/containers.conf

begin() {
    local name
    name=$(basename "$RUNTIME")
    cat >"$CONTAINERS_CONF" <<END
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
infra_image = "box"
init_path = "/usr/bin/tini-static"
runtime_supports_json = ["$name"]
runtime_supports_nocgroups = ["$name"]
END
    cat >"$WORK/policy.json" <<END
{"default": [{"type": "insecureAcceptAnything"}]}
END
    p load -q -i "$WORK/box.tar" --signature-policy "$WORK/policy.json"
}

end() {
    p pod rm -af -t 0
    p rm -af -t 0
}

p() {
    podman --root "$WORK/podman" --runroot /run/podman --storage-driver overlay --runtime "$RUNTIME" "$@"
}

# run and create with what every container here has: no network to set up, the parent to sweep.
p_run() {
    p run --network none --cgroup-parent "/$PARENT" "$@"
}

once() {
    p_run --rm "$@"
}

pid_of() {
    p inspect -f '{{.State.Pid}}' "$1"
}

state_is() {
    [ "$(p inspect -f '{{.State.Status}}' "$2")" = "$1" ]
}

check_run() {
    is "hello" "$(once box echo hello)"
    is "1" "$(once box sh -c 'echo $$')"
}

check_exit_statuses() {
    ends 0 once box true
    ends 7 once box sh -c 'exit 7'
    ends 127 once box /bin/no-such-program
    ends 126 once box /etc/passwd
}

check_standard_streams() {
    is "piped" "$(echo piped | once -i box cat)"
    is "out" "$(once box sh -c 'echo out; echo err >&2' 2>"$WORK/err")"
    is "err" "$(cat "$WORK/err")"
}

check_a_megabyte_of_input() {
    is "1000000" "$(head -c 1000000 /dev/zero | once -i box wc -c)"
}

check_terminal() {
    is "24 80" "$(on_tty "$(declare -f p p_run once); once -it box stty size")"
    has "/dev/pts/0" "$(on_tty "$(declare -f p p_run once); once -it box tty")"
    has "not a tty" "$(once box tty || true)"
}

check_detach_logs_and_wait() {
    p_run -d --name logs box sh -c 'echo one; echo two >&2; exit 3' >"$WORK/id"
    is "3" "$(p wait logs)"
    is "one two" "$(p logs logs 2>&1 | tr '\n' ' ' | sed 's/ $//')"
    p rm logs
}

check_exec() {
    p_run -d --name exec box sleep 1000
    is "in" "$(p exec exec echo in)"
    ends 5 p exec exec sh -c 'exit 5'
    ends 127 p exec exec no-such-program
    is "piped" "$(echo piped | p exec -i exec cat)"
    is "1000 /tmp added" "$(p exec -u user -w /tmp -e V=added exec sh -c 'echo $(id -u) $(pwd) $V')"
    is "24 80" "$(on_tty "$(declare -f p); p exec -it exec stty size")"
    p exec -d exec sh -c 'echo detached >/tmp/flag'
    soon p exec exec grep -q detached /tmp/flag
    is "$(grep CapEff /proc/self/status)" "$(p exec --privileged exec grep CapEff /proc/self/status)"
    p rm -f -t 0 exec
}

check_stop_kill_and_restart() {
    p_run -d --name stop box sh -c 'trap "exit 9" TERM; while :; do sleep 0.1; done'
    p stop -t 20 stop
    is "9" "$(p inspect -f '{{.State.ExitCode}}' stop)"
    p start stop
    soon state_is running stop
    p kill -s KILL stop
    is "137" "$(p wait stop)"
    p restart -t 0 stop
    soon state_is running stop
    p stop -t 0 stop
    is "137" "$(p inspect -f '{{.State.ExitCode}}' stop)"
    p rm stop
}

check_restart_policy() {
    p_run -d --name again --restart on-failure:2 box sh -c 'exit 4'
    soon eval '[ "$(p inspect -f "{{.RestartCount}}" again)" = 2 ]'
    soon state_is exited again
    p rm -f -t 0 again
}

check_pause_and_unpause() {
    p_run -d --name pause box sleep 1000
    p pause pause
    is "paused" "$(p inspect -f '{{.State.Status}}' pause)"
    ends 255 p exec pause true
    p unpause pause
    is "running" "$(p inspect -f '{{.State.Status}}' pause)"
    p exec pause true
    p rm -f -t 0 pause
}

check_limits() {
    p_run -d --name limits -m 64m --cpus 0.5 --pids-limit 33 box sleep 1000
    local pid
    pid=$(pid_of limits)
    is "67108864" "$(limit memory "$pid")"
    is "33" "$(limit pids "$pid")"
    is "50000 100000" "$(limit cpu "$pid")"
    p rm -f -t 0 limits
}

check_running_out_of_memory() {
    is "137" "$(once -m 16m --memory-swap 16m box sh -c 'tail /dev/zero; echo $?')"
}

check_running_out_of_processes() {
    has "can't fork" "$(once --pids-limit 5 box sh -c 'for i in 1 2 3 4 5 6 7; do sleep 5 & done' 2>&1 || true)"
}

check_user_and_groups() {
    is "1000 1000 1000 2000" "$(once -u user --group-add extra box sh -c 'echo $(id -u) $(id -g) $(id -G)')"
    is "7:8" "$(once -u 7:8 box sh -c 'echo $(id -u):$(id -g)')"
}

check_environment_and_directory() {
    is "box x=y /mnt" "$(once -e X=x=y -w /mnt box sh -c 'echo $IMAGE $X $(pwd)')"
}

check_read_only_root() {
    ends 1 once --read-only box touch /file
    once --read-only box touch /tmp/file
}

check_tmpfs_and_volumes() {
    has "size=1024k" "$(once --tmpfs /scratch:size=1m box grep scratch /proc/mounts)"
    mkdir -p "$WORK/share"
    once -v "$WORK/share:/share" box sh -c 'echo written >/share/file'
    is "written" "$(cat "$WORK/share/file")"
    ends 1 once -v "$WORK/share:/share:ro" box touch /share/other
    p volume create kept
    once -v kept:/kept box sh -c 'echo kept >/kept/file'
    is "kept" "$(once -v kept:/kept box cat /kept/file)"
    p volume rm kept
    is "written" "$(once --mount type=bind,src="$WORK/share",dst=/x,bind-propagation=rshared box cat /x/file)"
}

check_user_namespaces() {
    is "0 100000 1000" "$(once --uidmap 0:100000:1000 --gidmap 0:100000:1000 box \
        sh -c 'echo $(cat /proc/self/uid_map)')"
    is "0" "$(once --uidmap 0:100000:1000 box id -u)"
    p_run -d --name mapped --uidmap 0:100000:2000 box sleep 1000
    is "100000" "$(stat -c %u "/proc/$(pid_of mapped)")"
    is "0" "$(p exec mapped id -u)"
    p rm -f -t 0 mapped
}

check_default_seccomp_profile() {
    is "2" "$(once box awk '/^Seccomp:/ { print $2 }' /proc/self/status)"
    has "not permitted" "$(once --cap-add SYS_ADMIN box swapoff /none 2>&1 || true)"
    has "No such file" "$(once --cap-add SYS_ADMIN --security-opt seccomp=unconfined box swapoff /none 2>&1 || true)"
}

check_own_seccomp_profile() {
    cat >"$WORK/seccomp.json" <<END
{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
 {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}
END
    has "not supported" "$(once --security-opt seccomp="$WORK/seccomp.json" box mkdir /x 2>&1 || true)"
    is "0" "$(once --security-opt seccomp=unconfined box awk '/^Seccomp:/ { print $2 }' /proc/self/status)"
}

capabilities() {
    once "$@" box awk '/^CapEff/ { print $2 }' /proc/self/status
}

check_capabilities() {
    is "0000000000000000" "$(capabilities --cap-drop ALL)"
    is "0000000000000001" "$(capabilities --cap-drop ALL --cap-add CHOWN)"
    is "1" "$(once --security-opt no-new-privileges box awk '/^NoNewPrivs/ { print $2 }' /proc/self/status)"
}

check_privileged() {
    is "0" "$(once --privileged box awk '/^Seccomp:/ { print $2 }' /proc/self/status)"
    once --privileged box sh -c 'mount -t tmpfs x /mnt && [ -e /dev/null ]'
}

check_masked_paths() {
    is "0" "$(once box cat /proc/kcore | wc -c)"
    ends 1 once box sh -c 'echo 0 >/proc/sys/kernel/panic'
}

check_health() {
    p_run -d --name health --health-cmd 'test -e /tmp/well' --health-interval disable box sleep 1000
    ends 1 p healthcheck run health
    p exec health touch /tmp/well
    p healthcheck run health
    p rm -f -t 0 health
}

check_pods() {
    p pod create --name pod --network none --cgroup-parent "/$PARENT" --infra-command 'sleep 1000' --share ipc,net,uts,pid
    p run -d --pod pod --name first box sleep 1000
    p run -d --pod pod --name second box sleep 1000
    local kind
    for kind in ipc net uts pid; do
        is "$(p exec first readlink "/proc/self/ns/$kind")" "$(p exec second readlink "/proc/self/ns/$kind")"
    done
    p pod pause pod
    is "paused" "$(p inspect -f '{{.State.Status}}' second)"
    p pod unpause pod
    p pod stop -t 0 pod
    p pod start pod
    is "running" "$(p inspect -f '{{.State.Status}}' second)"
    p pod rm -f -t 0 pod
}

check_init() {
    has "/run/podman-init" "$(once --init box sh -c 'cat /proc/1/cmdline | tr "\0" " "')"
}

check_ulimits_sysctls_and_host_name() {
    is "99" "$(once --ulimit nofile=99:99 --ulimit nproc=999:999 box sh -c 'ulimit -n')"
    is "7" "$(once --sysctl kernel.shmmni=7 box cat /proc/sys/kernel/shmmni)"
    is "named" "$(once --hostname named box hostname)"
}

check_devices() {
    is "100" "$(once --device /dev/zero:/dev/nought box sh -c 'head -c 100 /dev/nought | wc -c')"
    ends 1 once --cap-add MKNOD box sh -c 'mknod /tmp/vda b 254 0 && head -c 1 /tmp/vda'
}

check_namespaces_of_the_host_and_of_others() {
    is "$(readlink /proc/self/ns/net)" "$(p run --rm --net host --cgroup-parent "/$PARENT" box readlink /proc/self/ns/net)"
    p_run -d --name peer --ipc shareable box sleep 1000
    is "$(p exec peer readlink /proc/self/ns/ipc)" "$(once --ipc container:peer box readlink /proc/self/ns/ipc)"
    is "sleep" "$(once --pid container:peer box cat /proc/1/comm)"
    p rm -f -t 0 peer
}

check_top_stats_and_ps() {
    p_run -d --name watched box sleep 1000
    has "sleep 1000" "$(p top watched)"
    has "watched" "$(p stats --no-stream --format '{{.Name}} {{.PIDs}}' watched)"
    has "Up" "$(p ps --format '{{.Names}} {{.Status}}' | grep watched)"
    p rm -f -t 0 watched
}

check_update() {
    p_run -d --name update -m 64m box sleep 1000
    p update --memory 32m --cpus 0.25 update
    is "33554432" "$(limit memory "$(pid_of update)")"
    is "25000 100000" "$(limit cpu "$(pid_of update)")"
    p rm -f -t 0 update
}

check_copy() {
    p_run -d --name copy box sleep 1000
    echo carried >"$WORK/carried"
    p cp "$WORK/carried" copy:/tmp/carried
    is "carried" "$(p exec copy cat /tmp/carried)"
    p cp copy:/etc/group "$WORK/fetched"
    has "extra" "$(cat "$WORK/fetched")"
    p rm -f -t 0 copy
}

check_hooks() {
    mkdir -p "$WORK/hooks"
    cat >"$WORK/hooks/hook.json" <<END
{"version": "1.0.0", "when": {"always": true}, "stages": ["prestart", "poststop"],
 "hook": {"path": "/bin/sh", "args": ["sh", "-c", "cat >>$WORK/hooks/seen; echo >>$WORK/hooks/seen"]}}
END
    p --hooks-dir "$WORK/hooks" run --rm --network none --cgroup-parent "/$PARENT" box true
    has '"status"' "$(cat "$WORK/hooks/seen")"
    is "2" "$(grep -c ociVersion "$WORK/hooks/seen")"
}

check_nothing_stays_behind() {
    p_run -d --name last box sleep 1000
    local directory
    directory=$(group memory "$(pid_of last)")
    [ -d "$directory" ]
    p rm -f -t 0 last
    soon gone "$directory"
    is "" "$(p ps -aq --filter name=last)"
}
