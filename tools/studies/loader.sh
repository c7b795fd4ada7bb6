#!/usr/bin/env bash
# How fast recordings become a training cache and batches: `atoll bench loader` on one core. About 3 minutes; nothing else
# should run meanwhile.
#
#   tools/studies/loader.sh [REPEATS]    of each figure, default 7; writes results/DATE-loader/
#   tools/studies/loader.sh --quick      5 repeats; writes out/quick/
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/loader.sh "$@"
repeats="${arguments[0]:-7}"
$quick && repeats=5
build_study atoll
"$python" tools/studies/loader.py "$atoll" "$repeats" "$results" "$command"
