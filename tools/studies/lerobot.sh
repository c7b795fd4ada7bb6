#!/usr/bin/env bash
# Does LeRobot read what `atoll.lerobot` writes? Records Playhouse and imports a human demo of Doom, exports both, and
# compares every row as PyPI's lerobot reads it, in an environment of its own (about 6 GB, made once). About 5 minutes
# beside that.
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
"$venv/bin/python" -m atoll.lerobot "$out/first" "$out/second" --out "$out/dataset"
export HF_HUB_OFFLINE=1 PYTHONWARNINGS=ignore
failed=0
if ! $quick; then
  "$atoll" import doom-demo DEMO1 --out "$out/doom"
  "$venv/bin/python" -m atoll.lerobot "$out/doom" --out "$out/doom-dataset"
  mkdir -p "$out/doom-results"
  "$venv/bin/python" tools/studies/lerobot_check.py "$out/doom-results" "$command" "$out/doom-dataset" "$out/doom" || failed=$?
fi
"$venv/bin/python" tools/studies/lerobot_check.py "$results" "$command" "$out/dataset" "$out/first" "$out/second" || failed=$?
exit "$failed"
