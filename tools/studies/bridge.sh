#!/usr/bin/env bash
# The bridge to real games: every number that was asked of it beside its bar, in results/bridge.md. Each part is a script
# of its own that leaves results/DATE-PART/; the table shows the newest results of each part.
#
#   tools/studies/bridge.sh              measures the short parts anew, about 35 minutes on two cores on which nothing
#                                        else runs, as root; of the long ones (below) the table shows what lies there
#   tools/studies/bridge.sh PART...      measures these anew
#   tools/studies/bridge.sh --table      measures nothing: the table of what lies there
#   tools/studies/bridge.sh --quick [PART...]    small numbers, to see that it all works: out/quick/bridge.md
#
# Short parts: sync capture x11grab input guard recorder audio web. Long ones, each a command of its own: sync_drift (an
# hour), recorder_soak (an hour), audio_drift (ten minutes), games (13), minetest (11), parsers (20), detectors (3),
# lerobot (6), demos, doom_live. A part that has never been measured is "not run" in the table. Exit code 1:
# a bar is not met, or not measured.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/parts.sh
parts=(sync capture x11grab input guard recorder audio web)
begin_parts tools/studies/bridge.sh "$@"
measure_parts
PYTHONPATH=tools/studies PYTHONDONTWRITEBYTECODE=1 python3 tools/studies/bridge.py "$results"
