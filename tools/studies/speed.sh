#!/usr/bin/env bash
# How fast is Playhouse, and where does the time go? On one core with everything included, in a pool, over the network and
# from Python. About 5 minutes; nothing else should run meanwhile.
#
#   tools/studies/speed.sh [REPEATS]    of each figure, default 7; writes results/DATE-speed/
#   tools/studies/speed.sh --quick      5 repeats, short ones from Python, to see that it works; writes out/quick/
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/speed.sh "$@"
repeats="${arguments[0]:-7}" seconds=4
$quick && repeats=5 seconds=0.5
build_study atoll
"$python" tools/studies/speed.py "$atoll" "$repeats" "$seconds" "$results" "$command"
