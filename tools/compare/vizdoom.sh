#!/usr/bin/env bash
# Playhouse and ViZDoom by turns on one core: steps a second, a picture read at every step. Playhouse plays its full
# house (6 rooms, 30 things) with an expert's actions, physics and verdicts included; ViZDoom its scenarios my_way_home
# and basic with random actions, in its synchronous mode. About 10 minutes; nothing else should run meanwhile.
#
#   tools/compare/vizdoom.sh [TURNS]    default 5; writes results/DATE-vizdoom/
#   tools/compare/vizdoom.sh --quick    one short turn, to see that it works; writes out/quick/
#
# ViZDoom's wheel goes into an environment of its own beside Atoll's set-up.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/compare/vizdoom.sh "$@"
turns="${arguments[0]:-5}" seconds=5
$quick && turns=1 seconds=1
rival vizdoom vizdoom==1.3.2 numpy
build_study atoll
"$rival_python" tools/compare/vizdoom_side.py "$atoll" "$turns" "$seconds" "$results" "$command"
