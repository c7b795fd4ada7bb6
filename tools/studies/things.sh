#!/usr/bin/env bash
# Can a small network tell Playhouse's 9 shapes and 8 colours apart at 3 m in an agent's picture? About 6 minutes.
#
#   tools/studies/things.sh            writes results/DATE-things/
#   tools/studies/things.sh --quick    one epoch of training, to see that it works; writes out/quick/
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/things.sh "$@"
epochs=10
$quick && epochs=1
build_study atoll_thing_crops
"$python" tools/studies/things.py build/release/bin/atoll_thing_crops "$epochs" "$results" "$command"
