#!/usr/bin/env bash
# Does sound stay on the clock of the pictures? A program that flashes and beeps at known moments is recorded for 10
# minutes.
#
#   tools/studies/audio_drift.sh            writes results/DATE-audio_drift/
#   tools/studies/audio_drift.sh --quick    20 beeps, to see that it works; writes out/quick/
#
# Exit code 1 when a bar is missed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/audio_drift.sh "$@"
build_study atoll beep_program
count=1500
$quick && count=20
"$python" tools/studies/audio.py drift "$results" "$command" "$count" 0
