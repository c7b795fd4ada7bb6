#!/usr/bin/env bash
# Do pictures and keys line up? Records a window that answers each key at once, through the whole path of a recording,
# until 10,000 inputs are answered, 140 seconds as a person plays and 140 as an agent does. About 6 minutes.
#
#   tools/studies/sync.sh            writes results/DATE-sync/
#   tools/studies/sync.sh --quick    ten seconds each, to see that it works; writes out/quick/
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
. tools/studies/sync_part.sh
begin_study tools/studies/sync.sh "$@"
seconds=140
$quick && seconds=10
measure_sync offset "$seconds"
