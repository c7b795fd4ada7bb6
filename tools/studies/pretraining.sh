#!/usr/bin/env bash
# What published weights bring in Playhouse's single room: EfficientNet-Lite0 as image encoder and MiniLM as text encoder,
# each with and without its weights, at equal time and at equal steps; three training seeds, development starts.
#
#   tools/studies/pretraining.sh [OUT]    OUT: a folder for runs and evaluations, some 2 GB; default
#                            out/studies/pretraining. About 3 hours on two cores. It may be stopped and goes on where it was,
#                            and may run beside other work: what is equal is processor time. When all is there:
#                            results/DATE-pretraining/. Needs the weights of tools/weights.py
#   tools/studies/pretraining.sh --quick [OUT]    seconds instead of minutes, to see that it works; out/quick/
#   ARMS="conv" SEEDS="1"    only these
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/pretraining.sh "$@"
out="${arguments[0]:-out/studies/pretraining}"
budget_s=900 seeds="${SEEDS:-1 2 3}" episodes=700
$quick && out="${arguments[0]:-out/quick/pretraining}" budget_s=20 seeds="${SEEDS:-1 2}" episodes=14
build_study atoll
exec "$python" tools/studies/pretraining.py "$atoll" "$out" "$budget_s" "$seeds" "$episodes" "${ARMS:-}" "$results" "$command"
