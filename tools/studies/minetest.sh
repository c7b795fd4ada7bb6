#!/usr/bin/env bash
# Does Minetest's expert do what it is told? Episodes of each family with starts of the development seeds, through the
# guard, on a screen of their own; what its judges say of a player who does nothing; and how long resets take. Some 11
# minutes.
#
#   tools/studies/minetest.sh            50 episodes a family; writes results/DATE-minetest/
#   tools/studies/minetest.sh --quick    2 a family; writes out/quick/
#
# Exit code 1 when a bar is missed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/minetest.sh "$@"
build_study atoll
"$python" tools/studies/minetest.py "$quick" "$results" "$command"
