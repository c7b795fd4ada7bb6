#!/usr/bin/env bash
# The shipped sizes of the agent (configs/sizes/) on processors: parameters, a training step, and a live step on one core
# beside its bar. `base` and `large` are for GPUs; here they only have to work. About 25 minutes; nothing else should run
# meanwhile. `large` takes 16 GiB of memory.
#
#   tools/studies/sizes.sh            writes results/DATE-sizes/
#   tools/studies/sizes.sh --quick    tiny and small alone; writes out/quick/
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/sizes.sh "$@"
sizes="tiny small base large"
$quick && sizes="tiny small"
build_study atoll
"$python" tools/studies/sizes.py "$atoll" "$sizes" "$results" "$command"
