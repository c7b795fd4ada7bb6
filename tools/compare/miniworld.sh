#!/usr/bin/env bash
# Playhouse and MiniWorld by turns on one core: steps a second, a picture read at every step. Playhouse plays its full
# house (6 rooms, 30 things) with an expert's actions, physics and verdicts included; MiniWorld its FourRooms and
# PickupObjects with random actions, drawn by Mesa's software OpenGL. About 6 minutes; nothing else should run meanwhile.
#
#   tools/compare/miniworld.sh [TURNS]    default 5; writes results/DATE-miniworld/
#   tools/compare/miniworld.sh --quick    one short turn, to see that it works; writes out/quick/
#
# MiniWorld's wheel goes into an environment of its own beside Atoll's set-up. It needs Xvfb and Mesa (Debian's xvfb,
# libgl1-mesa-dri, libglu1-mesa); where it does not run, the script says why and exits with code 3.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/compare/miniworld.sh "$@"
turns="${arguments[0]:-5}" seconds=5
$quick && turns=1 seconds=1
rival miniworld miniworld==2.1.0

# A screen of its own for as long as this runs.
screen="$(mktemp)"
Xvfb -displayfd 3 -screen 0 640x480x24 +extension GLX -nolisten tcp 3>"$screen" 2>/dev/null &
server=$!
trap 'kill "$server" 2>/dev/null; rm -f "$screen"' EXIT
for _ in $(seq 100); do
  [ ! -s "$screen" ] || break
  kill -0 "$server" 2>/dev/null || { echo "miniworld.sh: Xvfb does not start; is Debian's xvfb installed?" >&2; exit 3; }
  sleep 0.1
done
DISPLAY=":$(cat "$screen")"
export DISPLAY LIBGL_ALWAYS_SOFTWARE=1 LP_NUM_THREADS=0

if ! "$rival_python" tools/compare/miniworld_side.py --steps MiniWorld-FourRooms-v0 160x120 0.1 >/dev/null; then
  echo "miniworld.sh: MiniWorld does not run here, see above; Mesa: Debian's libgl1-mesa-dri, libglu1-mesa" >&2
  exit 3
fi
build_study atoll
"$rival_python" tools/compare/miniworld_side.py "$atoll" "$turns" "$seconds" "$results" "$command"
