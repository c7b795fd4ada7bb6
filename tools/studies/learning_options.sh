#!/usr/bin/env bash
# What each option against imitation's traps (docs/train.md) brings in Playhouse: every arm differs from its base in one
# thing, has the same 15 minutes of one core's processor time, three training seeds, and is judged on the same development
# starts. Differences are paired, start by start.
#
#   tools/studies/learning_options.sh [OUT]    OUT: a folder for recordings, runs and evaluations, some 5 GB; default
#                            out/studies/learning_options. About 6 hours on two cores. It may be stopped and goes on where
#                            it was, and may run beside other work: what is equal is processor time. When all is there:
#                            results/DATE-learning_options/
#   tools/studies/learning_options.sh --quick [OUT]    seconds instead of minutes, to see that it works; out/quick/
#   ARMS="base dagger" SEEDS="1"    only these
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/learning_options.sh "$@"
out="${arguments[0]:-out/studies/learning_options}"
budget_s=900 seeds="${SEEDS:-1 2 3}" episodes=700 recorded=8000
$quick && out="${arguments[0]:-out/quick/learning_options}" budget_s=20 seeds="${SEEDS:-1 2}" episodes=14 recorded=60
build_study atoll
exec "$python" tools/studies/learning_options.py "$atoll" "$out" "$budget_s" "$seeds" "$episodes" "$recorded" "${ARMS:-}" "$results" "$command"
