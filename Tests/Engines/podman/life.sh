# podman: how a container starts, is spoken to and ends. Sourced after words.sh.

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
    is "24 80" "$(on_tty "$(declare -f p p_run once); once -it box sh -c '$tty_size'")"
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
    is "24 80" "$(on_tty "$(declare -f p); p exec -it exec sh -c '$tty_size'")"
    p exec -d exec sh -c 'echo detached >/tmp/flag'
    soon p exec exec grep -q detached /tmp/flag
    is "$(grep CapEff /proc/self/status)" "$(p exec --privileged exec grep CapEff /proc/self/status)"
    removed exec
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
    removed again
}

check_pause_and_unpause() {
    p_run -d --name pause box sleep 1000
    p pause pause
    is "paused" "$(p inspect -f '{{.State.Status}}' pause)"
    ends 255 p exec pause true
    p unpause pause
    is "running" "$(p inspect -f '{{.State.Status}}' pause)"
    p exec pause true
    removed pause
}

check_health() {
    p_run -d --name health --health-cmd 'test -e /tmp/well' --health-interval disable box sleep 1000
    ends 1 p healthcheck run health
    p exec health touch /tmp/well
    p healthcheck run health
    removed health
}

check_pods() {
    p pod create --name pod --network none --cgroup-parent "/$PARENT" --infra-command 'sleep 1000' \
        --share ipc,net,uts,pid
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

check_top_stats_and_ps() {
    p_run -d --name watched box sleep 1000
    has "sleep 1000" "$(p top watched)"
    has "watched" "$(p stats --no-stream --format '{{.Name}} {{.PIDs}}' watched)"
    has "Up" "$(p ps --format '{{.Names}} {{.Status}}' | grep watched)"
    removed watched
}

check_copy() {
    p_run -d --name copy box sleep 1000
    echo carried >"$WORK/carried"
    p cp "$WORK/carried" copy:/tmp/carried
    is "carried" "$(p exec copy cat /tmp/carried)"
    p cp copy:/etc/group "$WORK/fetched"
    has "extra" "$(cat "$WORK/fetched")"
    removed copy
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
    removed last
    soon gone "$directory"
    is "" "$(p ps -aq --filter name=last)"
}
