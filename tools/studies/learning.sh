#!/usr/bin/env bash
# The agent and its training: every number that was asked of them beside its bar, in results/learning.md. Each part is a
# script of its own that leaves results/DATE-PART/; the table shows the newest results of each part.
#
#   tools/studies/learning.sh              measures the speeds anew, about an hour on two cores on which nothing else
#                                          runs; of the long parts (below) the table shows what lies there
#   tools/studies/learning.sh PART...      measures these anew
#   tools/studies/learning.sh --table      measures nothing: the table of what lies there
#   tools/studies/learning.sh --quick [PART...]    small numbers, to see that it all works: out/quick/learning.md
#
# Speeds: train_speed loader torchcodec sizes. Long parts, each a command of its own that may be stopped and goes on:
# skills (3 hours), demonstrations (45 minutes), learning_options (6 hours), plain (3), pretraining (3), memory (2),
# doom_live (1), minetest_live (1.5), then generalist (1.5), which uses what these two have recorded. A part that has never
# been measured is "not run" in the table. Exit code 1: a bar is not met, or not measured.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/parts.sh
parts=(train_speed loader torchcodec sizes)
begin_parts tools/studies/learning.sh "$@"
measure_parts
PYTHONPATH=tools/studies PYTHONDONTWRITEBYTECODE=1 python3 tools/studies/learning.py "$results"
