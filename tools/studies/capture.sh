#!/usr/bin/env bash
# Is a picture ever wrong, stale or torn, and how soon is a frozen source told? A window that counts is moved, resized,
# covered and unmapped at random; real programs and displays are stopped, hang and close; a Wayland desktop is seen
# through its portal. About 4 minutes.
#
#   tools/studies/capture.sh            writes results/DATE-capture/
#   tools/studies/capture.sh --quick    small numbers, to see that it works; writes out/quick/
#
# Exit code 1 when a bar is missed. CPU beside ffmpeg's: tools/compare/x11grab.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/capture.sh "$@"
build_study capture_stress capture_freezes capture_wayland capture_tests capture_display_tests capture_wayland_tests
if $quick; then
  "$python" tools/studies/capture.py "$results" "$command" 500 100 2 60
else
  "$python" tools/studies/capture.py "$results" "$command" 20000 500 20 600
fi
