#!/usr/bin/env bash
# Do pictures and keys line up? Records a window that answers each key at once, through the whole path of a recording,
# until 10,000 inputs are answered, 140 seconds as a person plays and 140 as an agent does. About 6 minutes.
#
#   tools/studies/sync.sh            writes results/DATE-sync/
#   tools/studies/sync.sh --quick    ten seconds each, to see that it works; writes out/quick/
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/sync.sh "$@"
build_study atoll
seconds=140
$quick && seconds=10
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
XDG_DATA_HOME="$out" "$atoll" check --sync --display virtual --seconds "$seconds" --out "$out/recording" --json \
  >"$out/sync.json" || [ $? -eq 1 ]
"$python" tools/studies/sync.py offset "$results" "$command" "$out/sync.json"
