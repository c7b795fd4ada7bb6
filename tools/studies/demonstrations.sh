#!/usr/bin/env bash
# What more demonstrations bring in Playhouse's single room: 300 to 10,000 recorded episodes, each recording with those of
# the smaller ones, and fresh ones without end; 15 minutes of one core, on held-out starts.
#
#   tools/studies/demonstrations.sh [OUT]    OUT: a folder for recordings, runs and evaluations, some 2 GB; default
#                            out/studies/demonstrations. About 45 minutes on two cores for one seed. It may be stopped and
#                            goes on where it was, and may run beside other work: what is counted is processor time. When
#                            all is there: results/DATE-demonstrations/
#   tools/studies/demonstrations.sh --quick [OUT]    seconds instead of minutes, to see that it works; out/quick/
#   ARMS="fresh" SEEDS="1 2 3"    only these arms; more training runs of each
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/demonstrations.sh "$@"
out="${arguments[0]:-out/studies/demonstrations}" budget_s=900 episodes=700
$quick && out="${arguments[0]:-out/quick/demonstrations}" budget_s=10 episodes=14
build_study atoll
exec "$python" tools/studies/demonstrations.py "$atoll" "$out" "$budget_s" "${SEEDS:-1}" "$episodes" "${ARMS:-}" "$results" "$command"
