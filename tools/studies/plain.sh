#!/usr/bin/env bash
# What recordings alone teach in Playhouse's single room: no masks, no relabelling, no expert to ask. 20 minutes on two
# cores, three training seeds, held-out starts, beside the bars; and the action loss alone.
#
#   tools/studies/plain.sh [OUT]    OUT: a folder for recordings, runs and evaluations, some 3 GB; default
#                            out/studies/plain. About 3 hours on two cores. It may be stopped and goes on where it was, and
#                            may run beside other work: what is counted is processor time. When all is there:
#                            results/DATE-plain/
#   tools/studies/plain.sh --quick [OUT]    seconds instead of minutes, to see that it works; out/quick/
#   ARMS="plain" SEEDS="1"    only these
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/plain.sh "$@"
out="${arguments[0]:-out/studies/plain}"
budget_s=2400 seeds="${SEEDS:-1 2 3}" episodes=3500 recorded=20000
$quick && out="${arguments[0]:-out/quick/plain}" budget_s=20 seeds="${SEEDS:-1 2}" episodes=14 recorded=60
build_study atoll
exec "$python" tools/studies/plain.py "$atoll" "$out" "$budget_s" "$seeds" "$episodes" "$recorded" "${ARMS:-}" "$results" "$command"
