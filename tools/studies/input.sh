#!/usr/bin/env bash
# Keys, mouse and gamepads out and in: does each of a million random events come back once and in order, through the
# kernel (uinput, evdev; in a virtual machine) and through X (XTest, XInput2; on Xvfb), and how soon? Does anything stay
# down when a process is killed that held keys? Does SDL2 read the emulated gamepad? Three minutes beside the build.
#
#   tools/studies/input.sh            writes results/DATE-input/
#   tools/studies/input.sh timed      measures only the times anew; the counts stay as they lie there
#   tools/studies/input.sh --quick    small numbers, to see that it works; writes out/quick/
#
# Exit code 1 when a bar is not met.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/input.sh "$@"
build_study atoll_guard guest_tests input_display_tests
"$python" tools/studies/input.py "$quick" "$results" "$command" "${arguments[@]}"
