# dockerd on the runtime under test. Sourced after check.sh.

export DOCKER_HOST=unix:///run/docker-engines/socket DOCKER_CONFIG=$WORK/docker-client

# dockerd_start NAME [OPTION...]: a daemon with a root, sockets and a bridge of its own, in $WORK/NAME.
dockerd_start() {
    local name=$1
    shift
    mkdir -p "/run/docker-engines/$name"
    echo '{}' >"$WORK/dockerd.json"
    dockerd --config-file "$WORK/dockerd.json" --data-root "$WORK/$name" --exec-root "/run/docker-engines/$name" \
        --pidfile "$WORK/$name.pid" -H "$DOCKER_HOST" --storage-driver overlay2 \
        --cgroup-parent "/$PARENT" --exec-opt native.cgroupdriver=cgroupfs \
        --add-runtime "tested=$RUNTIME" --default-runtime tested --init-path /usr/bin/tini-static \
        "$@" >"$WORK/$name.log" 2>&1 </dev/null &
    soon docker version >/dev/null 2>&1 || { tail -n 5 "$WORK/$name.log" >&2; return 1; }
    docker load -q -i "$WORK/box.tar"
}

# dockerd_stop NAME: the daemon ends, and with it the containerd that it started.
dockerd_stop() {
    local pid
    pid=$(cat "$WORK/$1.pid")
    docker ps -aq | xargs -r docker rm -f
    kill "$pid"
    soon gone "/proc/$pid/root/bin"
}

begin() {
    dockerd_start dockerd
}

end() {
    dockerd_stop dockerd
}

d_run() {
    docker run --network none "$@"
}

once() {
    d_run --rm "$@"
}

pid_of() {
    docker inspect -f '{{.State.Pid}}' "$1"
}

state_is() {
    [ "$(docker inspect -f '{{.State.Status}}' "$2")" = "$1" ]
}

check_run() {
    is "hello" "$(once box echo hello)"
    is "1" "$(once box sh -c 'echo $$')"
    has "tested" "$(docker info -f '{{.DefaultRuntime}}')"
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
    is "1000000" "$(head -c 1000000 /dev/zero | once -i box wc -c)"
}

check_terminal() {
    has "/dev/pts/0" "$(on_tty "$(declare -f d_run once); once -it box tty")"
    is "24 80" "$(on_tty "$(declare -f d_run once); once -it box sh -c 'sleep 0.5; stty size'")"
    has "not a tty" "$(once box tty || true)"
}

check_detach_logs_and_wait() {
    d_run -d --name logs box sh -c 'echo one; echo two >&2; exit 3'
    is "3" "$(docker wait logs)"
    is "one" "$(docker logs logs 2>/dev/null)"
    docker rm logs
}

check_exec() {
    d_run -d --name exec box sleep 1000
    is "in" "$(docker exec exec echo in)"
    ends 5 docker exec exec sh -c 'exit 5'
    has "executable file not found" "$(docker exec exec no-such-program 2>&1 || true)"
    is "piped" "$(echo piped | docker exec -i exec cat)"
    is "1000 /tmp added" \
        "$(docker exec -u user -w /tmp -e V=added exec sh -c 'echo $(id -u) $(pwd) $V')"
    has "/dev/pts/" "$(on_tty "docker exec -it exec tty")"
    docker exec -d exec sh -c 'echo detached >/tmp/flag'
    soon docker exec exec grep -q detached /tmp/flag
    docker rm -f exec
}

check_stop_kill_and_restart() {
    d_run -d --name stop box sh -c 'trap "exit 9" TERM; echo >/ready; while :; do sleep 0.1; done'
    soon docker exec stop test -e /ready
    docker stop -t 20 stop
    is "9" "$(docker inspect -f '{{.State.ExitCode}}' stop)"
    docker start stop
    soon state_is running stop
    docker kill stop
    is "137" "$(docker wait stop)"
    docker restart -t 0 stop
    soon state_is running stop
    docker stop -t 0 stop
    is "137" "$(docker inspect -f '{{.State.ExitCode}}' stop)"
    docker rm stop
}

check_restart_policy() {
    d_run -d --name again --restart on-failure:2 box sh -c 'exit 4'
    soon eval '[ "$(docker inspect -f "{{.RestartCount}}" again)" = 2 ]'
    soon state_is exited again
    docker rm -f again
}

check_pause_and_unpause() {
    d_run -d --name pause box sleep 1000
    docker pause pause
    is "paused" "$(docker inspect -f '{{.State.Status}}' pause)"
    docker unpause pause
    docker exec pause true
    docker rm -f pause
}

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
    is "1000 1000 1000 2000" "$(once -u user --group-add extra box sh -c 'echo $(id -u) $(id -g) $(id -G)')"
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

check_health() {
    d_run -d --name health --health-cmd 'test -e /tmp/well' --health-interval 200ms --health-retries 1 \
        box sleep 1000
    soon eval '[ "$(docker inspect -f "{{.State.Health.Status}}" health)" = unhealthy ]'
    docker exec health touch /tmp/well
    soon eval '[ "$(docker inspect -f "{{.State.Health.Status}}" health)" = healthy ]'
    docker rm -f health
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

# page_of ADDRESS OPTION...: what the web server at the address serves to a container.
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

check_top_stats_and_ps() {
    d_run -d --name watched box sleep 1000
    has "sleep 1000" "$(docker top watched)"
    has "watched" "$(docker stats --no-stream --format '{{.Name}} {{.PIDs}}' watched)"
    has "Up" "$(docker ps --format '{{.Names}} {{.Status}}' | grep watched)"
    docker rm -f watched
}

check_update() {
    d_run -d --name update -m 64m box sleep 1000
    docker update --memory 32m --memory-swap 32m --cpus 0.25 --pids-limit 21 update
    is "33554432" "$(limit memory "$(pid_of update)")"
    is "25000 100000" "$(limit cpu "$(pid_of update)")"
    is "21" "$(limit pids "$(pid_of update)")"
    docker rm -f update
}

check_copy_and_commit() {
    d_run -d --name copy box sleep 1000
    echo carried >"$WORK/carried"
    docker cp "$WORK/carried" copy:/carried
    is "carried" "$(docker exec copy cat /carried)"
    docker commit copy changed
    docker rm -f copy
    is "carried" "$(once changed cat /carried)"
}

check_build() {
    mkdir -p "$WORK/build"
    printf 'FROM box\nRUN echo built >/built\nCMD ["cat", "/built"]\n' >"$WORK/build/Dockerfile"
    DOCKER_BUILDKIT=0 docker build -q -t built "$WORK/build"
    is "built" "$(once built)"
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

check_nothing_stays_behind() {
    d_run -d --name last box sleep 1000
    local directory
    directory=$(group memory "$(pid_of last)")
    [ -d "$directory" ]
    docker rm -f last
    soon gone "$directory"
    is "" "$(docker ps -aq --filter name=last)"
}
