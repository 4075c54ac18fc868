# dockerd on the runtime under test. Sourced after check.sh.

export DOCKER_HOST=unix:///run/docker-engines/socket DOCKER_CONFIG=$WORK/docker-client

# dockerd_start NAME [OPTION...]: a daemon with a root, sockets and a bridge of its own, in $WORK/NAME.
dockerd_start() {
    local name=$1
    shift
    mkdir -p "/run/docker-engines/$name"
    echo '{}' >"$WORK/dockerd.json"
    dockerd --config-file "$WORK/dockerd.json" --data-root "$WORK/$name" \
        --exec-root "/run/docker-engines/$name" \
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

# page_of ADDRESS OPTION...: what the web server at the address serves to a container.
