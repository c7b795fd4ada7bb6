#!/usr/bin/env bash
# Does an agent that was trained on recordings of Minetest's expert do in the live game what it is told? Records the
# expert, three games at a time, trains by configs/minetest.toml, and plays the suite minetest-basics: told the
# instruction, told nothing, and a random player, at the same time and on the same starts. Some 75 minutes on two cores, in
# real time: 20 to record, 15 to train, 40 to play.
#
#   tools/studies/minetest_live.sh [OUT]    OUT: recordings, run and play, default out/studies/minetest_live; what is
#                                           there is used. Writes results/DATE-minetest_live/
#   tools/studies/minetest_live.sh --quick [OUT]    twelve recordings, a hundred steps, two episodes an instruction, to see
#                                           that it works; out/quick/
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/minetest_live.sh "$@"
out="${arguments[0]:-out/studies/minetest_live}" recorded=1080 episodes=50 few=()
$quick && out="${arguments[0]:-out/quick/minetest_live}" recorded=12 episodes=2 few=(--set trainer.minutes=0 --set trainer.steps=100 --set trainer.sources.0.development=0)
mkdir -p "$out"
build_study atoll
recordings="$("$python" tools/studies/game_record.py "$atoll" minetest "$out/recordings" "$recorded" "look at" "go to" "look at" "go to" dig move)"
train_once "$out" configs/minetest.toml "$recordings" "${few[@]}"
"$python" tools/studies/game_live.py minetest "$results" "$command" "$atoll" "$out" "$episodes"
