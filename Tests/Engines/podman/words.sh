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

# removed ID: by force, and again where podman's own cleanup after the container's end was in its way.
removed() {
    soon p rm -f -i -t 0 "$1"
}

pid_of() {
    p inspect -f '{{.State.Pid}}' "$1"
}

state_is() {
    [ "$(p inspect -f '{{.State.Status}}' "$2")" = "$1" ]
}
