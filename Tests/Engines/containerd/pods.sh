# containerd: pods, as Kubernetes asks for them. Sourced after words.sh.

check_a_task_started_again() {
    c_run -d --cgroup "/$PARENT/again" $box again sleep 1000
    c task kill -s KILL again
    soon eval '[ "$(status_of again)" = STOPPED ]'
    c task rm again || true
    c task start -d again
    is "RUNNING" "$(status_of again)"
    is "in" "$(c task exec --exec-id e1 again echo in)"
    ended again
}

check_a_pod() {
    local pod first second kind
    pod=$(cri pod pod "/$PARENT/pod")
    first=$(cri container "$pod" first sleep 1000)
    second=$(cri container "$pod" second \
        sh -c 'trap "exit 9" TERM; echo >/ready; while :; do sleep 0.1; done')
    for kind in ipc uts pid; do
        is "$(cri exec "$first" readlink "/proc/self/ns/$kind")" \
            "$(cri exec "$second" readlink "/proc/self/ns/$kind")"
    done
    ends 5 cri exec "$first" sh -c 'exit 5'
    soon cri exec "$second" test -e /ready
    cri stop "$second"
    is "exited 9" "$(cri state "$second")"
    is "running 0" "$(cri state "$first")"
    is "67108864" "$(limit memory "$(pods task ls | awk -v id="$first" '$1 == id { print $2 }')")"
    cri remove "$pod"
    is "" "$(pods task ls -q)"
}
