#!/usr/bin/env bash
# Does the recorder keep up with real games, and what is left when something goes wrong? Doom and Minetest at 1280x720
# and 60 pictures a second and at 1920x1080 and 30; 200 kills at random moments; disks that are full, slow, broken and
# gone; two recorders; keys typed into another window; warnings. About 11 minutes; root, for the disks.
#
#   tools/studies/recorder.sh [PART...]    parts: rates kills faults privacy warnings; default: all; writes
#                                          results/DATE-recorder/
#   tools/studies/recorder.sh --quick      small counts, to see that it works; writes out/quick/
#
# Exit code 1 when a bar is missed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/recorder.sh "$@"
build_study atoll atoll_faulty_disk
counts=FULL
$quick && counts=QUICK
"$python" tools/studies/recorder.py "$results" "$command" "$counts" "${arguments[@]}"
