#!/usr/bin/env bash
# How well do Doom's detectors read the screen? Human demos are played while the game's own state is read from its
# memory: that is the truth, tic by tic, for the pickup messages and the numbers of the status bar. Some 10 minutes.
#
#   tools/studies/detectors.sh            writes results/DATE-detectors/
#   tools/studies/detectors.sh --quick    two demos, to see that it works; writes out/quick/
#
# Exit code 1 when a bar is missed. Needs the right to read the memory of a process that it started.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/detectors.sh "$@"
build_study atoll_doom_readings
"$python" tools/studies/detectors.py "$quick" "$results" "$command"
