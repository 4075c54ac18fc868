# Words of the guest's checks: bundles, and the runtime under test. Sourced after check.sh.

oci() {
    "$RUNTIME" --root /run/suite "$@"
}

# bundle ID [FILTER]: /tmp/bundles/ID with a sleeping process, its configuration changed by jq's FILTER.
bundle() {
    local id=$1 filter=${2:-.} at=/tmp/bundles/$1
    mkdir -p "$at"
    [ -e /suite/rootfs/bin/sh ] || {
        mkdir -p /suite/rootfs/{bin,dev,proc,sys,tmp,etc,mnt}
        cp /bin/busybox /suite/rootfs/bin/
        /bin/busybox --list | grep -vx busybox | xargs -I{} ln -s busybox /suite/rootfs/bin/{}
    }
    jq --arg id "$id" ".linux.cgroupsPath = \"/suite/\" + \$id | $filter" /suite/base.json >"$at/config.json"
}

# started ID [FILTER] [GLOBAL-OPTION...]: a container that runs what the bundle says, detached. Its
# standard streams are pipes: criu dumps no descriptor of a file that the container cannot see.
started() {
    local id=$1 filter=${2:-.}
    shift
    [ $# -eq 0 ] || shift
    bundle "$id" "$filter"
    oci "$@" run -d --bundle "/tmp/bundles/$id" --pid-file "/tmp/bundles/$id/pid" "$id" \
        < <(:) > >(cat >&2) 2>&1
}

# once ID FILTER SCRIPT [GLOBAL-OPTION...]: what a shell script prints in a container of this kind.
once() {
    local id=$1 filter=$2 script=$3
    shift 3
    bundle "$id" "$filter"
    jq --arg script "$script" '.process.args = ["sh", "-c", $script]' "/tmp/bundles/$id/config.json" \
        >"/tmp/bundles/$id/changed"
    mv "/tmp/bundles/$id/changed" "/tmp/bundles/$id/config.json"
    oci "$@" run --bundle "/tmp/bundles/$id" "$id" </dev/null
}

pid_of() {
    cat "/tmp/bundles/$1/pid"
}

# status_is STATUS ID
status_is() {
    [ "$(oci state "$2" | jq -r .status)" = "$1" ]
}

# file ID NAME: a file of the container's cgroup.
file() {
    cat "$(group unified "$(pid_of "$1")")/$2"
}

# unit_property UNIT NAME: what systemd says of a unit.
unit_property() {
    systemctl show -P "$2" "$1"
}
