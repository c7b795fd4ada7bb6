#!/usr/bin/env bash
# Does Playhouse's judge say what it promises? Plays N episodes to their ends, at every level, of every family and split,
# by experts, by experts that are told something else or whose hands slip, and by random keys; at each end the judge's
# verdict, its tick and its object are compared with those of an independent, slow referee (tests/envs/house_referee.h).
#
#   tools/studies/referee.sh [N] [OUT]    N: ends, 50000 unless told; OUT: a folder, results/DATE-referee unless told
#
# Writes OUT/README.md: ends by verdict and verb, agreements, undecided ends, disagreements with how to repeat them.
# Exit code 1 on any disagreement, or more than one end in a thousand undecided. About a second for 40 ends.
set -euo pipefail
cd "$(dirname "$0")/../.."
ends="${1:-50000}"
out="$(realpath -m "${2:-results/$(date -u +%F)-referee}")"
[[ "$ends" =~ ^[1-9][0-9]*$ ]] || { sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2; }
mkdir -p "$out"

cmake --preset release >/dev/null
cmake --build --preset release --target house_referee_tests >&2
tests="$(find build/release -name house_referee_tests -type f | head -n 1)"

table="$(mktemp)"
trap 'rm -f "$table"' EXIT
status=0
ATOLL_REFEREE_EPISODES="$ends" ATOLL_REFEREE_OUT="$table" \
  "$tests" --gtest_filter=HouseReferee.AgreesWithTheJudgeAtEveryEnd >&2 || status=1
{
  printf '# The judge of Playhouse and an independent referee: %s ends\n\n' "$ends"
  printf 'Made by `tools/studies/referee.sh %s` on %s, commit %s, %s.\n' "$ends" "$(date -u +%F)" \
    "$(git rev-parse --short HEAD)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
  printf 'One game again: `ATOLL_REFEREE_FIRST=GAME ATOLL_REFEREE_EPISODES=1 %s`.\n' "$tests"
  cat "$table"
} >"$out/README.md"
echo "$out/README.md" >&2
exit "$status"
