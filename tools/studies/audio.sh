#!/usr/bin/env bash
# Is sound on the clock of the pictures? A program flashes its window and beeps at 100 known moments through PipeWire and
# at 60 through SDL; the recording's own times tell when both came. Under 2 minutes; audio_drift.sh does it for longer.
#
#   tools/studies/audio.sh            writes results/DATE-audio/
#   tools/studies/audio.sh --quick    20 beeps each, to see that it works; writes out/quick/
#
# Exit code 1 when a bar is missed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/audio.sh "$@"
build_study atoll beep_program
counts=(100 60)
$quick && counts=(20 20)
"$python" tools/studies/audio.py offset "$results" "$command" "${counts[@]}"
