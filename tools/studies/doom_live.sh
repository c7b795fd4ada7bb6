#!/usr/bin/env bash
# Does an agent that was trained on people's demos do in the live game what it is told? Imports all demos of Debian's
# freedoom packages, trains by configs/doom.toml, and plays the suite doom-basics: told the instruction, told nothing,
# and a random player, at the same time and on the same starts. About an hour on two cores, in real time.
#
#   tools/studies/doom_live.sh [OUT]      OUT: demos (demos.sh OUT makes them too) and run, default
#                                         out/studies/doom_live; what is there is used
#   tools/studies/doom_live.sh --quick    two episodes an instruction, to see that it works; needs a run in OUT
#
# Writes results/DATE-doom_live/.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/doom_live.sh "$@"
out="${arguments[0]:-out/studies/doom_live}" episodes=50
$quick && episodes=2
mkdir -p "$out"
build_study atoll
if [ ! -e "$out/demos/dataset.toml" ]; then
  rm -rf "$out/demos"
  "$atoll" import doom-demo --all --out "$out/demos"
fi
[ -e "$out/run/done" ] || {
  rm -rf "$out/run"
  "$atoll" train --config configs/doom.toml --set "trainer.sources.0.recordings=[\"$out/demos/dataset.toml\"]" \
    --set "trainer.sources.0.cache=\"$out/doom.cache\"" --out "$out/run"
  touch "$out/run/done"
}
"$python" tools/studies/doom_live.py "$results" "$command" "$atoll" "$out/run" "$episodes"
