#!/usr/bin/env bash
# Playhouse and ViZDoom by turns on one core: steps a second, a picture read at every step. Playhouse plays its full
# house (6 rooms, 30 things) with an expert's actions, physics and verdicts included; ViZDoom its scenarios my_way_home
# and basic with random actions, in its synchronous mode. About 6 minutes; nothing else should run meanwhile.
#
#   tools/compare/vizdoom.sh [TURNS]    default 5; writes results/DATE-vizdoom/
#
# ViZDoom's wheel goes into an environment of its own beside Atoll's set-up.
set -euo pipefail
trap 'exit 130' INT TERM
cd "$(dirname "$0")/../.."
turns="${1:-5}"
home="${ATOLL_HOME:-$HOME/.local/share/atoll}"
venv="$home/compare"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -c 'import vizdoom' 2>/dev/null || "$venv/bin/pip" install --quiet vizdoom==1.3.2 numpy
cmake --preset release >/dev/null
cmake --build --preset release --target atoll >&2
out="results/$(date -u +%F)-vizdoom"
mkdir -p "$out"
"$venv/bin/python" tools/compare/vizdoom.py build/release/bin/atoll "$turns" "$out" | tee "$out/README.md"
