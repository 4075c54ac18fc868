# dockerd: how a container starts, is spoken to and ends. Sourced after words.sh.

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
    is "24 80" "$(on_tty "$(declare -f d_run once); once -it box sh -c '$tty_size'")"
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
    docker rm -f stop
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

check_health() {
    d_run -d --name health --health-cmd 'test -e /tmp/well' --health-interval 200ms --health-retries 1 \
        box sleep 1000
    soon eval '[ "$(docker inspect -f "{{.State.Health.Status}}" health)" = unhealthy ]'
    docker exec health touch /tmp/well
    soon eval '[ "$(docker inspect -f "{{.State.Health.Status}}" health)" = healthy ]'
    docker rm -f health
}

check_top_stats_and_ps() {
    d_run -d --name watched box sleep 1000
    has "sleep 1000" "$(docker top watched)"
    has "watched" "$(docker stats --no-stream --format '{{.Name}} {{.PIDs}}' watched)"
    has "Up" "$(docker ps --format '{{.Names}} {{.Status}}' | grep watched)"
    docker rm -f watched
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

check_nothing_stays_behind() {
    d_run -d --name last box sleep 1000
    local directory
    directory=$(group memory "$(pid_of last)")
    [ -d "$directory" ]
    docker rm -f last
    soon gone "$directory"
    is "" "$(docker ps -aq --filter name=last)"
}
