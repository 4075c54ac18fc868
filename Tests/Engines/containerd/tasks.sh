# containerd: tasks, through ctr. Sourced after words.sh.

check_run() {
    is "hello" "$(c_run --rm $box run echo hello)"
    is "1" "$(c_run --rm $box run sh -c 'echo $$')"
}

check_exit_statuses() {
    ends 0 c_run --rm $box status true
    ends 7 c_run --rm $box status sh -c 'exit 7'
}

check_a_program_that_is_not_there() {
    ends 1 c_run --rm $box none /bin/no-such-program
    is "" "$(c task ls -q)"
}

check_standard_input() {
    is "piped" "$(echo piped | c_run --rm $box input head -n 1)"
}

check_terminal() {
    local words
    words="$(declare -f c c_run); box=$box address=$address"
    has "/dev/pts/0" "$(on_tty "$words; c_run --rm -t $box tty tty")"
    is "24 80" "$(on_tty "$words; c_run --rm -t $box tty sh -c '$tty_size'")"
}

check_exec() {
    started exec
    is "in" "$(c task exec --exec-id e1 exec echo in)"
    ends 5 c task exec --exec-id e2 exec sh -c 'exit 5'
    is "piped" "$(echo piped | c task exec --exec-id e3 exec cat)"
    is "/tmp 1000" "$(c task exec --exec-id e4 --cwd /tmp --user 1000 exec sh -c 'echo $(pwd) $(id -u)')"
    has "/dev/pts/" "$(on_tty "$(declare -f c); address=$address; c task exec -t --exec-id e5 exec tty")"
    ends 1 c task exec --exec-id e6 exec no-such-program
    c task exec -d --exec-id e7 exec sh -c 'echo detached >/flag; sleep 1000'
    soon c task exec --exec-id e8 exec grep -q detached /flag
    has "sleep 1000" "$(c task exec --exec-id e9 exec ps)"
    c task kill -s KILL --exec-id e7 exec
    ended exec
}

check_signals() {
    c_run -d $box signal sh -c 'trap "exit 9" TERM; echo >/ready; while :; do sleep 0.1; done'
    soon c task exec --exec-id ready signal test -e /ready
    c task kill -s TERM signal
    soon eval '[ "$(status_of signal)" = STOPPED ]'
    has "exit code 9" "$(c task rm signal 2>&1)"
    c container rm signal
}

check_kill_all() {
    started all
    c task exec -d --exec-id other all sleep 1000
    c task kill -a -s KILL all
    soon eval '[ "$(status_of all)" = STOPPED ]'
    c task rm -f all || true
    c container rm all
}

check_pause_and_resume() {
    started pause
    c task pause pause
    is "PAUSED" "$(status_of pause)"
    c task resume pause
    is "RUNNING" "$(status_of pause)"
    ended pause
}

check_limits() {
    started limits --memory-limit 67108864 --cpu-quota 50000 --cpu-period 100000
    local pid
    pid=$(pid_of limits)
    is "67108864" "$(limit memory "$pid")"
    is "50000 100000" "$(limit cpu "$pid")"
    ended limits
}

check_metrics_and_processes() {
    started metrics
    has "metrics" "$(c task metrics metrics)"
    has "$(pid_of metrics)" "$(c task ps metrics)"
    ended metrics
}

check_running_out_of_memory() {
    c events >"$WORK/events" 2>/dev/null &
    local listener=$!
    c_run -d --cgroup "/$PARENT/hungry" --memory-limit 16777216 $box hungry sh -c 'tail /dev/zero; sleep 1000'
    soon grep -q '/tasks/oom' "$WORK/events"
    kill $listener
    ended hungry
}

check_environment_and_directory() {
    is "x=y /tmp" "$(c_run --rm --env X=x=y --cwd /tmp $box place sh -c 'echo $X $(pwd)')"
}

check_mounts_and_read_only_root() {
    mkdir -p "$WORK/shared"
    c_run --rm --mount "type=bind,src=$WORK/shared,dst=/share,options=rbind:rw" $box mount \
        sh -c 'echo written >/share/file'
    is "written" "$(cat "$WORK/shared/file")"
    ends 1 c_run --rm --read-only $box mount touch /file
    has "size=1024k" "$(c_run --rm --mount type=tmpfs,src=tmpfs,dst=/scratch,options=size=1m $box mount \
        grep scratch /proc/mounts)"
}

check_seccomp() {
    is "2" "$(c_run --rm --seccomp $box seccomp awk '/^Seccomp:/ { print $2 }' /proc/self/status)"
    is "0" "$(c_run --rm $box seccomp awk '/^Seccomp:/ { print $2 }' /proc/self/status)"
}

check_capabilities_and_privileged() {
    is "00000000aa0425fa" "$(c_run --rm --cap-drop CAP_CHOWN --cap-add CAP_SYS_TIME $box caps \
        awk '/^CapEff/ { print $2 }' /proc/self/status)"
    c_run --rm --privileged $box caps mount -t tmpfs x /mnt
    is "0" "$(c_run --rm --allow-new-privs $box caps awk '/^NoNewPrivs/ { print $2 }' /proc/self/status)"
}

check_user_namespaces() {
    is "0 100000 2000" "$(c_run --rm --uidmap 0:100000:2000 --gidmap 0:100000:2000 $box mapped \
        sh -c 'echo $(cat /proc/self/uid_map)')"
}

check_namespaces_of_the_host_and_of_others() {
    is "$(readlink /proc/self/ns/net)" "$(c_run --rm --net-host $box host readlink /proc/self/ns/net)"
    started peer
    is "sleep" "$(c_run --rm --with-ns "pid:/proc/$(pid_of peer)/ns/pid" $box guest cat /proc/1/comm)"
    ended peer
}

check_devices() {
    is "100" "$(c_run --rm --device /dev/zero $box device sh -c 'head -c 100 /dev/zero | wc -c')"
}

check_a_shim_that_dies() {
    started orphan
    local pid shim
    pid=$(pid_of orphan)
    shim=$(awk '/^PPid/ { print $2 }' "/proc/$pid/status")
    kill -KILL "$shim"
    soon gone "/proc/$pid/root/bin"
    soon eval '[ -z "$(c task ls -q | grep orphan)" ]'
    c container rm orphan
}

check_nothing_stays_behind() {
    started last
    local directory
    directory=$(group memory "$(pid_of last)")
    [ -d "$directory" ]
    ended last
    soon gone "$directory"
    is "" "$(ls /run/containerd-engines/oci/default)"
}
