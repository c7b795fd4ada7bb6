#!/usr/bin/env bash
# Capture and encoding with x264 by Atoll and by ffmpeg's x11grab, by turns in one run, of a moving picture on a screen of
# its own: CPU seconds of the client and of the X server per recorded second, at equal size, rate, preset, quality,
# keyframe distance and colour (4:2:0), one x264 thread, no pointer. About 3 minutes; nothing else should run meanwhile.
#
#   tools/compare/x11grab.sh [TURNS]    default 3; writes results/DATE-x11grab/
#   tools/compare/x11grab.sh --quick    one short turn, to see that it works; writes out/quick/
#
# The last line is `ratio x11grab VALUE LOW HIGH`: ffmpeg's CPU over Atoll's (client and server), the geometric mean over
# the settings; median, least and most of the turns. Above 1 Atoll takes less.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/compare/x11grab.sh "$@"
turns="${arguments[0]:-3}" seconds=6
$quick && turns=1 seconds=2
build_study capture_encode counter_program
"$python" tools/compare/x11grab_side.py "$turns" "$seconds" "$results" "$command"
