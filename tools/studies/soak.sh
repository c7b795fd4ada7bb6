#!/usr/bin/env bash
# Does Playhouse keep its promises in the long run? Random hands press and move in random houses of every level, in any
# look, for ten million steps on two threads; after every tick nobody may be inside a wall or outside of the house, every
# state must come back from its own snapshot, every step is drawn, and memory must stay flat. About 15 minutes.
#
#   tools/studies/soak.sh [STEPS]    default 10000000; writes results/DATE-soak/
#   tools/studies/soak.sh --quick    20000 steps, to see that it works; writes out/quick/
#
# Exit code 1 when something happened that must not.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/soak.sh "$@"
steps="${arguments[0]:-10000000}" threads=2 seed=1
$quick && steps=20000
build_study atoll_soak

raw="$(mktemp)"
trap 'rm -f "$raw"' EXIT
found=0
build/release/bin/atoll_soak "$steps" "$threads" "$seed" >"$raw" || found=$?
[ "$found" -le 1 ] || exit "$found"
"$python" tools/studies/soak.py "$raw" "$results" "$command"
exit "$found"
