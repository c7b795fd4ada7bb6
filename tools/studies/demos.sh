#!/usr/bin/env bash
# Do all of Doom's human demos import, to the frame? Every lump of Freedoom and FreeDM in every player's view, by
# `atoll import doom-demo --all`, and then counted. Some 15 minutes.
#
#   tools/studies/demos.sh [OUT]      writes results/DATE-demos/; OUT: keeps the recordings, for doom_live.sh to train on
#   tools/studies/demos.sh --quick    the shortest demo; writes out/quick/
#
# Exit code 1 when a bar is missed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/demos.sh "$@"
build_study atoll
"$python" tools/studies/demos.py "$quick" "$results" "$command" "${arguments[@]}"
