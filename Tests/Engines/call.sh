#!/bin/bash
# Calls one function of an engine's files. usage: call.sh ENGINE FUNCTION
set -euo pipefail
. "$PARTS/check.sh"
. "$PARTS/$1/words.sh"
for file in "$PARTS/$1"/*.sh; do
    . "$file"
done
"$2"
