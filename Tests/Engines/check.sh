# Words that the checks of every engine use. Sourced, under set -euo pipefail.

# is WANT GOT: both texts are the same.
is() {
    [ "$1" = "$2" ] || { printf 'want: %s\ngot:  %s\n' "$1" "$2" >&2; return 1; }
}

# has PART TEXT: the text holds the part.
has() {
    [[ "$2" == *"$1"* ]] || { printf 'want: ...%s...\ngot:  %s\n' "$1" "$2" >&2; return 1; }
}

# ends STATUS COMMAND...: the command exits with this status.
ends() {
    local want=$1 status=0
    shift
    "$@" || status=$?
    is "exit $want" "exit $status"
}

# refused COMMAND...: the command ends by itself, and not well.
refused() {
    local status=0
    timeout 20 "$@" || status=$?
    [ "$status" != 0 ] && [ "$status" -lt 124 ] || [ "$status" = 255 ] || is "an error" "exit $status"
}

# soon COMMAND...: the command succeeds within 20 seconds; for what engines do behind one's back.
soon() {
    local deadline=$((SECONDS + 20))
    until "$@"; do
        [ $SECONDS -lt $deadline ] || { echo "still false: $*" >&2; return 1; }
        sleep 0.05
    done
}

# For a container's shell: the size of its terminal, which some engines set after the start.
tty_size='until stty size 2>/dev/null | grep -v ^0; do sleep 0.1; done'

# on_tty COMMAND: runs a command line on a terminal of 80 by 24, prints what it printed.
# Its input is a pipe that stays open and empty, for script passes an end of input on.
on_tty() {
    local quiet=$WORK/quiet.$BASHPID
    mkfifo "$quiet"
    script -qec "stty cols 80 rows 24; $1" /dev/null <>"$quiet" | tr -d '\r'
}

# group CONTROLLER PID: the directory of the process's cgroup.
group() {
    local path
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        path=$(sed -n 's/^0:://p' "/proc/$2/cgroup")
        echo "/sys/fs/cgroup$path"
    else
        path=$(awk -F: -v want="$1" '("," $2 ",") ~ ("," want ",") { print $3 }' "/proc/$2/cgroup")
        echo "/sys/fs/cgroup/$1$path"
    fi
}

# limit memory|pids|cpu PID: the limit, as bytes, tasks or "quota period" in microseconds.
limit() {
    local directory
    directory=$(group "$1" "$2")
    case "$1" in
        memory) cat "$directory"/memory.max 2>/dev/null || cat "$directory/memory.limit_in_bytes" ;;
        pids) cat "$directory/pids.max" ;;
        cpu)
            cat "$directory/cpu.max" 2>/dev/null \
                || echo "$(cat "$directory/cpu.cfs_quota_us") $(cat "$directory/cpu.cfs_period_us")"
            ;;
    esac
}

# gone PATH: nothing has this name any more.
gone() {
    [ ! -e "$1" ]
}

# skip REASON: ends the check as one that this machine cannot run.
skip() {
    echo "$*" >&2
    exit 77
}
