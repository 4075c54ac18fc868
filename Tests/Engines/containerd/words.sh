# containerd on the runtime under test, through ctr. Sourced after check.sh.

address=/run/containerd-engines/socket

begin() {
    mkdir -p /run/containerd-engines
    cat >"$WORK/containerd.toml" <<END
version = 2
root = "$WORK/containerd"
state = "/run/containerd-engines/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "$address"
[ttrpc]
address = "$address.ttrpc"
END
    containerd --config "$WORK/containerd.toml" >"$WORK/containerd.log" 2>&1 </dev/null &
    echo $! >"$WORK/containerd.pid"
    soon c version
    c images import --all-platforms "$WORK/box.tar"
}

end() {
    local task
    for task in $(c task ls -q); do
        c task kill -s KILL "$task"
        soon eval '! c task ls | grep -q RUNNING'
        c task rm "$task"
    done
    kill "$(cat "$WORK/containerd.pid")"
}

c() {
    ctr --address "$address" "$@"
}

# run [OPTION...] IMAGE ID [COMMAND...] on the runtime under test.
c_run() {
    c run --runtime io.containerd.runc.v2 --runc-binary "$RUNTIME" \
        --runc-root /run/containerd-engines/oci "$@"
}

box=docker.io/library/box:latest

# started ID [OPTION...]: a task that sleeps.
started() {
    local id=$1
    shift
    c_run -d --cgroup "/$PARENT/$id" "$@" $box "$id" sleep 1000
}

pid_of() {
    c task ls | awk -v id="$1" '$1 == id { print $2 }'
}

status_of() {
    c task ls | awk -v id="$1" '$1 == id { print $3 }'
}

# ended ID: the task is killed and both it and its container are removed.
ended() {
    c task kill -s KILL "$1"
    soon eval "[ \"\$(status_of $1)\" = STOPPED ]"
    c task rm "$1" || true
    c container rm "$1"
}
