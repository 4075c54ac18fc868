# podman: what a container is given and what is kept from it. Sourced after words.sh.

check_limits() {
    p_run -d --name limits -m 64m --cpus 0.5 --pids-limit 33 box sleep 1000
    local pid
    pid=$(pid_of limits)
    is "67108864" "$(limit memory "$pid")"
    is "33" "$(limit pids "$pid")"
    is "50000 100000" "$(limit cpu "$pid")"
    removed limits
}

check_running_out_of_memory() {
    is "137" "$(once -m 16m --memory-swap 16m box sh -c 'tail /dev/zero; echo $?')"
}

check_running_out_of_processes() {
    has "can't fork" \
        "$(once --pids-limit 5 box sh -c 'for i in 1 2 3 4 5 6 7; do sleep 5 & done' 2>&1 || true)"
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
    removed mapped
}

check_default_seccomp_profile() {
    is "2" "$(once box awk '/^Seccomp:/ { print $2 }' /proc/self/status)"
    has "not permitted" "$(once --cap-add SYS_ADMIN box swapoff /none 2>&1 || true)"
    has "No such file" \
        "$(once --cap-add SYS_ADMIN --security-opt seccomp=unconfined box swapoff /none 2>&1 || true)"
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
    is "$(readlink /proc/self/ns/net)" \
        "$(p run --rm --net host --cgroup-parent "/$PARENT" box readlink /proc/self/ns/net)"
    p_run -d --name peer --ipc shareable box sleep 1000
    is "$(p exec peer readlink /proc/self/ns/ipc)" \
        "$(once --ipc container:peer box readlink /proc/self/ns/ipc)"
    is "sleep" "$(once --pid container:peer box cat /proc/1/comm)"
    removed peer
}

check_update() {
    p_run -d --name update -m 64m box sleep 1000
    p update --memory 32m --cpus 0.25 update
    is "33554432" "$(limit memory "$(pid_of update)")"
    is "25000 100000" "$(limit cpu "$(pid_of update)")"
    removed update
}
