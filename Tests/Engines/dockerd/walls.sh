# dockerd: what a container is given and what is kept from it. Sourced after words.sh.

check_limits() {
    d_run -d --name limits -m 64m --cpus 0.5 --pids-limit 33 box sleep 1000
    local pid
    pid=$(pid_of limits)
    is "67108864" "$(limit memory "$pid")"
    is "33" "$(limit pids "$pid")"
    is "50000 100000" "$(limit cpu "$pid")"
    docker rm -f limits
}

check_running_out_of_memory() {
    d_run -d --name hungry -m 16m --memory-swap 16m box sh -c 'tail /dev/zero; sleep 1000'
    soon eval 'docker events --since 0 --until 0s --filter container=hungry | grep -q oom'
    docker kill hungry
    is "137 true" "$(docker wait hungry) $(docker inspect -f '{{.State.OOMKilled}}' hungry)"
    docker rm -f hungry
}

check_user_environment_and_directory() {
    is "1000:1000" "$(once -u user --group-add extra box sh -c 'echo $(id -u):$(id -g)')"
    # dockerd may name a group twice, and a runtime may pass it on so.
    is "1000 2000" "$(once -u user --group-add extra box id -G | tr ' ' '\n' | sort -u | xargs)"
    is "box x=y /new/place" "$(once -e X=x=y -w /new/place box sh -c 'echo $IMAGE $X $(pwd)')"
}

check_read_only_root_tmpfs_and_volumes() {
    ends 1 once --read-only box touch /file
    has "size=1024k" "$(once --tmpfs /scratch:size=1m box grep scratch /proc/mounts)"
    mkdir -p "$WORK/share"
    once -v "$WORK/share:/share" box sh -c 'echo written >/share/file'
    is "written" "$(cat "$WORK/share/file")"
    ends 1 once -v "$WORK/share:/share:ro" box touch /share/other
    once -v kept:/kept box sh -c 'echo kept >/kept/file'
    is "kept" "$(once -v kept:/kept box cat /kept/file)"
    docker volume rm kept
}

check_default_seccomp_profile() {
    is "2" "$(once box awk '/^Seccomp:/ { print $2 }' /proc/self/status)"
    ends 1 once box unshare -U true
}

check_own_seccomp_profile() {
    cat >"$WORK/docker-seccomp.json" <<END
{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
 {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}
END
    has "not supported" \
        "$(once --security-opt seccomp="$WORK/docker-seccomp.json" box mkdir /x 2>&1 || true)"
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
    [ "$(awk '/^CapBnd/ { print $2 }' /proc/self/status)" = 000001ffffffffff ] \
        || skip "dockerd asks for every capability, and this machine lacks some"
    is "0" "$(once --privileged box awk '/^Seccomp:/ { print $2 }' /proc/self/status)"
    once --privileged box sh -c 'mount -t tmpfs x /mnt && [ -e /dev/null ]'
}

check_init_ulimits_sysctls_and_host_name() {
    has "docker-init" "$(once --init box cat /proc/1/cmdline | tr '\0' ' ')"
    is "99" "$(once --ulimit nofile=99:99 box sh -c 'ulimit -n')"
    is "7" "$(once --sysctl kernel.shmmni=7 box cat /proc/sys/kernel/shmmni)"
    is "named" "$(once --hostname named box hostname)"
}

check_devices() {
    is "100" "$(once --device /dev/zero:/dev/nought box sh -c 'head -c 100 /dev/nought | wc -c')"
    ends 1 once box sh -c 'mknod /tmp/vda b 254 0 && head -c 1 /tmp/vda'
}

page_of() {
    local address=$1
    shift
    docker run --rm "$@" box sh -c "echo 'GET / HTTP/1.0' | nc $address 80 | tail -n 1"
}

check_networks() {
    docker run -d --name server box sh -c 'echo served >/index.html; exec httpd -f -h / -p 80'
    local address
    address=$(docker inspect -f '{{.NetworkSettings.IPAddress}}' server)
    soon docker exec server sh -c 'netstat -ltn | grep -q :80'
    is "served" "$(page_of "$address")"
    is "served" "$(page_of 127.0.0.1 --network container:server)"
    is "$(readlink /proc/self/ns/net)" "$(docker run --rm --network host box readlink /proc/self/ns/net)"
    docker rm -f server
}

check_namespaces_of_others() {
    d_run -d --name peer --ipc shareable box sleep 1000
    is "$(docker exec peer readlink /proc/self/ns/ipc)" \
        "$(once --ipc container:peer box readlink /proc/self/ns/ipc)"
    is "sleep" "$(once --pid container:peer box cat /proc/1/comm)"
    docker rm -f peer
}

check_update() {
    d_run -d --name update -m 64m box sleep 1000
    docker update --memory 32m --memory-swap 32m --cpus 0.25 --pids-limit 21 update
    is "33554432" "$(limit memory "$(pid_of update)")"
    is "25000 100000" "$(limit cpu "$(pid_of update)")"
    is "21" "$(limit pids "$(pid_of update)")"
    docker rm -f update
}

check_user_namespaces() {
    export DOCKER_HOST=unix:///run/docker-engines/remap.socket
    printf '%s:100000:65536\n' nobody nogroup >"$WORK/subids"
    mount --bind "$WORK/subids" /etc/subuid
    mount --bind "$WORK/subids" /etc/subgid
    dockerd_start remap --userns-remap nobody:nogroup --bridge none
    is "0 100000 65536" "$(once box sh -c 'echo $(cat /proc/self/uid_map)')"
    is "0" "$(once box id -u)"
    d_run -d --name mapped box sleep 1000
    is "100000" "$(stat -c %u "/proc/$(pid_of mapped)")"
    is "0" "$(docker exec mapped id -u)"
    dockerd_stop remap
}

check_a_daemon_that_restarts() {
    export DOCKER_HOST=unix:///run/docker-engines/live.socket
    dockerd_start live --live-restore --bridge none
    d_run -d --name survivor box sleep 1000
    local pid
    pid=$(pid_of survivor)
    kill -KILL "$(cat "$WORK/live.pid")"
    soon gone "/proc/$(cat "$WORK/live.pid")/root/bin"
    rm "$WORK/live.pid"
    dockerd_start live --live-restore --bridge none
    is "$pid" "$(pid_of survivor)"
    docker exec survivor true
    dockerd_stop live
}
