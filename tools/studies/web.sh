#!/usr/bin/env bash
# The local pages, in headless Chromium: how old the picture is that a setter sees, whether labels of ten hours stay
# fluid, and what kills cost. About 10 minutes, 3 of them to write ten hours of recording (kept in out/web-ten-hours).
#
#   tools/studies/web.sh            writes results/DATE-web/
#   tools/studies/web.sh --quick    one hour, few kills, to see that it works; writes out/quick/
#
# Exit code 1 when a bar is missed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/web.sh "$@"
build_study atoll atoll_clock_window atoll_long_recording
hours=10 kills=200 pictures=300
$quick && hours=1 kills=5 pictures=30
long="out/web-$hours-hours"
if [ ! -e "$long/complete" ]; then
  rm -rf "$long"
  mkdir -p "$long"
  build/release/bin/atoll_long_recording "$long/long" "$hours"
  touch "$long/complete"
fi
ATOLL_BIN="$PWD/build/release/bin" PYTHONPATH="$PYTHONPATH:tests/web" \
  "$python" tools/studies/web.py "$results" "$command" "$long/long" "$kills" "$pictures"
