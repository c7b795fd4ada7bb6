#!/usr/bin/env bash
# Do pictures and keys still line up after half an hour? As sync.sh, 30 minutes as a person and 30 as an agent, so it
# takes an hour, and some minutes more to read all pictures again.
#
#   tools/studies/sync_drift.sh            writes results/DATE-sync_drift/
#   tools/studies/sync_drift.sh --quick    20 seconds each, to see that it works; writes out/quick/
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
. tools/studies/sync_part.sh
begin_study tools/studies/sync_drift.sh "$@"
seconds=1800
$quick && seconds=20
measure_sync drift "$seconds"
