# Checkpoint and restore through criu. Sourced after bundle.sh.

# A process that counts in a file of the host.
counter='.process.args = ["sh", "-c", "i=0; while :; do i=$((i+1)); echo $i >/mnt/count; sleep 0.1; done"]
    | .mounts += [{"destination": "/mnt", "type": "bind", "source": "/tmp/counter", "options": ["rbind"]}]'

# complains LOG...: fails, with the errors that criu wrote down.
complains() {
    grep -h Error "$@" >&2 || true
    return 1
}

# counted ID: a running counter that has reached 3.
counted() {
    mkdir -p /tmp/counter
    rm -f /tmp/counter/*
    started "$1" "$counter"
    soon eval '[ "$(cat /tmp/counter/count || echo 0)" -ge 3 ]'
}

check_checkpoint_and_restore() {
    counted moved
    oci checkpoint --image-path /tmp/images-moved --work-path /tmp/work-moved moved \
        || complains /tmp/work-moved/dump.log
    soon eval '! oci state moved >/dev/null 2>&1 || status_is stopped moved'
    oci delete --force moved 2>/dev/null || true
    local before
    before=$(cat /tmp/counter/count)
    oci restore -d --image-path /tmp/images-moved --work-path /tmp/work-moved --bundle /tmp/bundles/moved \
        --pid-file /tmp/bundles/moved/pid moved < <(:) > >(cat >&2) 2>&1 \
        || complains /tmp/work-moved/restore.log
    status_is running moved
    soon eval '[ "$(cat /tmp/counter/count)" -gt '"$before"' ]'
    oci exec moved true
    oci delete --force moved
}

check_checkpoint_leaves_it_running() {
    counted stays
    oci checkpoint --leave-running --image-path /tmp/images-stays --work-path /tmp/work-stays stays \
        || complains /tmp/work-stays/dump.log
    status_is running stays
    local before
    before=$(cat /tmp/counter/count)
    soon eval '[ "$(cat /tmp/counter/count)" -gt '"$before"' ]'
    oci delete --force stays
}

check_limits_come_back() {
    counter="$counter | .linux.resources.pids.limit = 77"
    counted limits
    oci checkpoint --image-path /tmp/images-limits limits
    oci delete --force limits 2>/dev/null || true
    oci restore -d --image-path /tmp/images-limits --bundle /tmp/bundles/limits \
        --pid-file /tmp/bundles/limits/pid limits < <(:) > >(cat >&2) 2>&1
    is "77" "$(file limits pids.max)"
    oci delete --force limits
}

check_nothing_to_checkpoint() {
    ends 1 oci checkpoint --image-path /tmp/none none
}
