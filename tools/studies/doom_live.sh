#!/usr/bin/env bash
# Does an agent that was trained on people's demos do in the live game what it is told? Imports all demos of Debian's
# freedoom packages, trains by configs/doom.toml, and plays the suite doom-basics: told the instruction, told nothing,
# and a random player, at the same time and on the same starts. About an hour on two cores, in real time.
#
#   tools/studies/doom_live.sh [OUT]      OUT: demos (demos.sh OUT makes them too), run and play, default
#                                         out/studies/doom_live; what is there is used. Writes results/DATE-doom_live/
#   tools/studies/doom_live.sh --quick [OUT]    one demo, a hundred steps, two episodes an instruction, to see that it works;
#                                         out/quick/
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/doom_live.sh "$@"
out="${arguments[0]:-out/studies/doom_live}" episodes=50 few=()
$quick && out="${arguments[0]:-out/quick/doom_live}" episodes=2 few=(--set trainer.steps=100 --set trainer.sources.0.development=0)
mkdir -p "$out"
build_study atoll
demos="$out/demos/dataset.toml"
if $quick && [ ! -e "$demos" ]; then
  demos="$out/one"
  [ -e "$demos" ] || "$atoll" import doom-demo DEMO3 --out "$demos"
elif [ ! -e "$demos" ]; then
  rm -rf "$out/demos"
  "$atoll" import doom-demo --all --out "$out/demos"
fi
train_once "$out" configs/doom.toml "[\"$demos\"]" "${few[@]}"
"$python" tools/studies/game_live.py doom "$results" "$command" "$atoll" "$out" "$episodes"
