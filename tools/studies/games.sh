#!/usr/bin/env bash
# The games that a profile alone describes: each is started, sent input, seen to change, asked for its judge's answer
# and ended, scripted hands carry out its instructions and do not (`atoll worlds --check --judges`), and it is killed in
# the middle. About 13 minutes.
#
#   tools/studies/games.sh            writes results/DATE-games/
#   tools/studies/games.sh --quick    Doom alone; writes out/quick/
#
# Exit code 1 when a bar is missed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/games.sh "$@"
build_study atoll atoll_guard atoll_keeper
"$python" tools/studies/games.py "$quick" "$results" "$command"
