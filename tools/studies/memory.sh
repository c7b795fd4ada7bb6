#!/usr/bin/env bash
# What memory brings where no single picture tells: "go back to where you started" and "the ball you saw first" in
# Playhouse's level "memory", the same agent with and without it. 40 minutes on two cores, held-out starts.
#
#   tools/studies/memory.sh [OUT]    OUT: a folder for runs and evaluations; default out/studies/memory. About 2 hours on
#                            two cores for one seed. It may be stopped and goes on where it was, and may run beside other
#                            work: what is equal is processor time. When all is there: results/DATE-memory/
#   tools/studies/memory.sh --quick [OUT]    seconds instead of minutes, to see that it works; out/quick/
#   ARMS="none" SEEDS="1 2 3"    only these arms; more training runs of each
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/memory.sh "$@"
out="${arguments[0]:-out/studies/memory}"
budget_s=4800 seeds="${SEEDS:-1}" episodes=1200
$quick && out="${arguments[0]:-out/quick/memory}" budget_s=20 seeds="${SEEDS:-1 2}" episodes=12
build_study atoll
exec "$python" tools/studies/memory.py "$atoll" "$out" "$budget_s" "$seeds" "$episodes" "${ARMS:-}" "$results" "$command"
