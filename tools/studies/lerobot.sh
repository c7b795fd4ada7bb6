#!/usr/bin/env bash
# Does LeRobot read what `atoll.lerobot` writes? Records Playhouse, and Minetest live with twice as many pictures as
# actions, imports a human demo of Doom, exports all, and compares every row as PyPI's lerobot reads it, in an environment
# of its own (about 6 GB, made once). About 6 minutes beside that.
#
#   tools/studies/lerobot.sh            writes results/DATE-lerobot/
#   tools/studies/lerobot.sh --quick    few episodes, to see that it works; writes out/quick/
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/lerobot.sh "$@"
build_study atoll
venv="$atoll_home/lerobot"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -c 'import lerobot, mcap, zmq, gymnasium' 2>/dev/null ||
  "$venv/bin/pip" install --quiet --disable-pip-version-check lerobot mcap zstandard pyzmq msgpack gymnasium
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
episodes=40
$quick && episodes=3
"$atoll" record playhouse --episodes "$episodes" --set record.video=true --out "$out/first"
"$atoll" record playhouse --seed 1000 --episodes "$episodes" --set record.video=true --out "$out/second"
export HF_HUB_OFFLINE=1 PYTHONWARNINGS=ignore
wanted=()
# export_to NAME RECORDING...: into a dataset, of which NAME is said in the results
export_to() {
  local name="$1"
  shift
  "$venv/bin/python" -m atoll.lerobot "$@" --out "$out/dataset-$name"
  wanted+=(-- "$name" "$out/dataset-$name" "$@")
}
export_to Playhouse "$out/first" "$out/second"
if ! $quick; then
  "$atoll" import doom-demo DEMO1 --out "$out/doom"
  export_to Doom "$out/doom"
fi
"$atoll" record minetest --player expert --task dig --episodes 3 --set world.display=virtual --set record.frame_rate_hz=30 \
  --out "$out/minetest"
export_to Minetest "$out/minetest"
"$venv/bin/python" tools/studies/lerobot_check.py "$results" "$command" "${wanted[@]:1}"
