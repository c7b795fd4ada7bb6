#!/usr/bin/env bash
# How does the expert move beside people? Records experts in Playhouse's house, imports the human demos of Debian's
# freedoom packages, and compares turns, pauses, keys and paths. About 15 minutes, most of it the demos' pictures.
#
#   tools/studies/motion.sh [OUT]      OUT: recordings, default out/studies/motion; what is there already is used
#   tools/studies/motion.sh --quick    one demo and few episodes, to see that it works; writes out/quick/
#
# Writes results/DATE-motion/.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/motion.sh "$@"
out="${arguments[0]:-out/studies/motion}" episodes=600 demos=(--all)
$quick && out=out/quick/motion episodes=20 demos=(DEMO1)
mkdir -p "$out"
build_study atoll

# once NAME COMMAND...: unless it was done before.
once() {
  [ -e "$out/$1.done" ] && return
  rm -rf "${out:?}/$1"
  "${@:2}" --out "$out/$1"
  touch "$out/$1.done"
}
once expert "$atoll" record playhouse/house --episodes "$episodes" --set record.video=false
once clean "$atoll" record playhouse/house --episodes "$episodes" --set record.video=false --set expert.noise=0 \
  --set expert.detour=0 --set expert.reaction_steps=0
once people "$atoll" import doom-demo "${demos[@]}"

people="$(find "$out/people" -name session.mcap -printf '%h,')"
"$python" tools/studies/motion.py "$results" "$command" "people (Doom)=${people%,}" \
  "human-like expert=$out/expert" "clean expert=$out/clean"
