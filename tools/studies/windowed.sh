#!/usr/bin/env bash
# Does the window play the stepped world's game? The expert plays 504 episodes, every family of every level in looks of
# all kinds, in Playhouse's real window: captured, recorded, keys and mouse through X, in real time. Every tick is then
# replayed in the stepped world and compared bit by bit, and every episode's inputs are sent through X once more, into a
# fresh window, whose verdicts are compared. About 2.5 hours of windows; several run side by side.
#
#   tools/studies/windowed.sh [OUT]                   OUT: recordings and logs, default out/studies/windowed; what is
#                                                     there already is used, so that a broken run goes on
#   tools/studies/windowed.sh --quick [OUT]           few episodes, to see that it works; writes no results/
#   ATOLL_PARALLEL=N tools/studies/windowed.sh ...    windows side by side; default 3 a core
#
# Writes results/DATE-windowed/. Exit code 1 when a bar is missed.
set -euo pipefail
trap 'exit 130' INT TERM
quick=()
[ "${1:-}" = --quick ] && { quick=(--quick); shift; }
cd "$(dirname "$0")/../.."
out="$(realpath -m "${1:-out/studies/windowed}")"
cmake --preset release >/dev/null
cmake --build --preset release --target atoll >&2
python3 tools/studies/windowed.py play "${quick[@]}" --atoll build/release/bin/atoll --out "$out" \
  --parallel "${ATOLL_PARALLEL:-$((3 * $(nproc)))}"
results="results/$(date -u +%F)-windowed"
[ ${#quick[@]} -eq 0 ] || results="$out/results"
exec python3 tools/studies/windowed.py report "${quick[@]}" --out "$out" --results "$results"
