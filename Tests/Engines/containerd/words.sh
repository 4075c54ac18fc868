# containerd on the runtime under test, through ctr. Sourced after check.sh.

address=/run/containerd-engines/socket

begin() {
    mkdir -p /run/containerd-engines
    cat >"$WORK/containerd.toml" <<END
version = 2
root = "$WORK/containerd"
state = "/run/containerd-engines/state"
[grpc]
address = "$address"
[ttrpc]
address = "$address.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "docker.io/library/pause:latest"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "$WORK/cni"
conf_dir = "$WORK/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "tested"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.tested]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.tested.options]
BinaryName = "$RUNTIME"
END
    containerd --config "$WORK/containerd.toml" >"$WORK/containerd.log" 2>&1 </dev/null &
    echo $! >"$WORK/containerd.pid"
    soon c version
    "$PARTS/image.sh" "$WORK/pause.tar" pause sleep 1000
    c images import --all-platforms "$WORK/box.tar"
    pods images import --all-platforms "$WORK/box.tar"
    pods images import --all-platforms "$WORK/pause.tar"
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

# The same, of what a kubelet would ask for.
pods() {
    c --namespace k8s.io "$@"
}

# A kubelet's call: see cri.py.
cri() {
    /usr/bin/python3 "$PARTS/containerd/cri.py" "$address" "$@"
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
