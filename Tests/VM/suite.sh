#!/bin/bash
# The guest's suite: runs every check and says on the second serial port how it went.
set -uo pipefail
stty -F /dev/ttyS1 raw -opost
exec >/dev/ttyS1 2>&1
cd /suite
export RUNTIME=/suite/runtime WORK=/tmp
passed=0 failed=0
uname -rv
parts=$(sed -n 's/.*suite.parts=\([^ ]*\).*/\1/p' /proc/cmdline)
for file in ${parts//,/ }; do
    case $file in
    bundle)
        export LD_LIBRARY_PATH=/suite/lib DOCKLOCK=$RUNTIME SWIFT_BACKTRACE=enable=no
        # One after the other: under emulation tests side by side only starve each other.
        timeout -k 20 2100 ./bundle.xctest --testing-library swift-testing --no-parallel \
            --filter 'Conformance|Faults' | grep --line-buffered -v '^◇' || failed=$((failed + 1))
        unset LD_LIBRARY_PATH
        continue
        ;;
    foreign)
        ./foreign "$RUNTIME"
        continue
        ;;
    esac
    while read -r name; do
        log=$(mktemp)
        status=0
        timeout -k 5 120 bash -c 'set -euo pipefail; . ./check.sh; . ./bundle.sh; . "./$1.sh"; "$2"' \
            check $file "check_$name" </dev/null >"$log" 2>&1 || status=$?
        for id in $("$RUNTIME" --root /run/suite list -q); do
            "$RUNTIME" --root /run/suite delete --force "$id"
        done
        if [ $status = 0 ]; then
            passed=$((passed + 1))
            echo "ok   $file: ${name//_/ }"
        else
            failed=$((failed + 1))
            echo "FAIL $file: ${name//_/ } (status $status)"
            tail -n 15 "$log" | sed 's/^/     /'
        fi
    done < <(sed -n 's/^check_\([a-z0-9_]*\)() {.*/\1/p' $file.sh)
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
echo "suite: ended with $?"
sync
echo o >/proc/sysrq-trigger
