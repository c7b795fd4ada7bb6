#!/usr/bin/env bash
# Does the recorder's memory stay flat? A real game, Minetest at 640x480, recorded at 30 pictures a second for an hour while
# somebody turns and walks: memory may grow by 5 MB, and nothing may be lost in silence.
#
#   tools/studies/recorder_soak.sh [SECONDS]   default 3600; writes results/DATE-recorder_soak/
#   tools/studies/recorder_soak.sh --quick     60 s, to see that it works; writes out/quick/
#
# Exit code 1 when a bar is missed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/recorder_soak.sh "$@"
seconds="${arguments[0]:-3600}"
$quick && seconds=60
build_study atoll
"$python" tools/studies/recorder_soak.py "$results" "$command" "$seconds"
