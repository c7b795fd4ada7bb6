#!/usr/bin/env bash
# How does the expert move beside people? Records experts in Playhouse's house, imports the human demos of Debian's
# freedoom package, and compares turn rates, pauses and keys. About 15 minutes, most of it the demos' pictures.
#
#   tools/studies/motion.sh [OUT]    OUT: recordings, default out/studies/motion; what is there already is used
#
# Writes results/DATE-motion/README.md.
set -euo pipefail
trap 'exit 130' INT TERM
out="$(realpath -m "${1:-out/studies/motion}")"
cd "$(dirname "$0")/../.."
cmake --preset release >/dev/null
cmake --build --preset release --target atoll >&2
atoll=build/release/bin/atoll
python="${ATOLL_HOME:-$HOME/.local/share/atoll}/venv/bin/python"
mkdir -p "$out"

# once NAME COMMAND...: unless it was done before.
once() {
  [ -e "$out/$1.done" ] && return
  rm -rf "${out:?}/$1"
  "${@:2}" --out "$out/$1"
  touch "$out/$1.done"
}
once expert "$atoll" record playhouse/house --episodes 600 --set record.video=false
once clean "$atoll" record playhouse/house --episodes 600 --set record.video=false --set expert.noise=0 --set expert.detour=0 \
  --set expert.reaction_steps=0
once people "$atoll" import doom-demo --all

results="results/$(date -u +%F)-motion"
mkdir -p "$results"
people="$(find "$out/people" -name recording.mcap -printf '%h,')"
PYTHONPATH=tools/python "$python" tools/studies/motion.py "$("$atoll" bench resize --json)" "people (Doom)=${people%,}" \
  "human-like expert=$out/expert" "clean expert=$out/clean" | tee "$results/README.md"
