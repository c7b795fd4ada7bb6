#!/usr/bin/env bash
# The guard's fault table: a real session drives a real guard at a real window on Xvfb, and 13 things go wrong, each 50
# times at random moments, seen from outside by other clients of the display; three at once, on displays of their own.
# About 4 minutes.
#
#   tools/studies/guard.sh            writes results/DATE-guard/
#   tools/studies/guard.sh --quick    twice each, to see that it works; writes out/quick/
#
# Exit code 1 when a bar is missed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/guard.sh "$@"
build_study guard_fault_table
rounds=50
$quick && rounds=2
export ATOLL_BIN="$PWD/build/release/bin"
table() { build/release/bin/guard_fault_table $rounds 2026 "$@"; }
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
table policy_killed policy_stopped policy_stalled guard_killed >"$out/first" &
first=$!
table policy_forbidden guard_stopped game_closed focus_lost display_gone >"$out/second" &
second=$!
table policy_floods kill_key takeover >"$out/third"
wait $first
wait $second
table takeover_in_flood >"$out/fourth"  # alone: two of its processes leave nobody time
cat "$out"/{first,second,third,fourth} >"$results/rounds.jsonl"
"$python" tools/studies/guard.py "$results" "$command" $rounds
