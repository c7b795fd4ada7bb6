#!/usr/bin/env bash
# Playhouse: every number that was asked of it beside its bar, in results/playhouse.md. Each part is a script of its own
# that leaves results/DATE-PART/; the table shows the newest results of each part, with date, commit and machine.
#
#   tools/studies/playhouse.sh              measures all parts anew: about 2 hours on two cores on which nothing else runs
#   tools/studies/playhouse.sh PART...      measures these anew; of the others the table shows what lies there
#   tools/studies/playhouse.sh --table      measures nothing: the table of what lies there
#   tools/studies/playhouse.sh --quick [PART...]    few episodes and repeats, to see that it all works: out/quick/playhouse.md
#
# Parts: speed vizdoom miniworld experts things motion referee soak windowed checks demo. A part that has never been
# measured is "not run" in the table. A part that fails says so, and the others go on. Exit code 1: a bar is not met, or
# not measured.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/parts.sh
parts=(speed vizdoom miniworld experts things motion referee soak windowed checks demo)
begin_parts tools/studies/playhouse.sh "$@"
measure_parts
python3 tools/studies/playhouse.py "$results"
