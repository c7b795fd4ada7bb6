#!/usr/bin/env bash
# Does the demo keep its time and its promise? Runs tools/demo.sh and keeps what it measured. Under 25 minutes after the
# build; nothing else should run meanwhile.
#
#   tools/studies/demo.sh [OUT]    OUT: the demo's new folder, default out/studies/demo; writes results/DATE-demo/
#
# Exit code 1 when a bar is missed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/demo.sh "$@"
! $quick || { echo "demo.sh: the demo has no short form; see tools/demo.sh" >&2; exit 2; }
out="${arguments[0]:-out/studies/demo}"
build_study atoll
begin=$SECONDS  # with set-up and build, which are there already
tools/demo.sh "$out"
"$python" tools/studies/demo.py "$out" "$((SECONDS - begin))" "$results" "$command"
