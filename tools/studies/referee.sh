#!/usr/bin/env bash
# Does Playhouse's judge say what it promises? Plays N episodes to their ends, at every level, of every family and split,
# by experts, by experts that are told something else or whose hands slip, and by random keys; at each end the judge's
# verdict, its tick and its object are compared with those of an independent, slow referee (tests/envs/house_referee.h).
#
#   tools/studies/referee.sh [N]        N: ends, default 50000; writes results/DATE-referee/
#   tools/studies/referee.sh --quick    400 ends, to see that it works; writes out/quick/
#
# The results: ends by verdict and verb, agreements, disagreements with how to repeat them. Exit code 1 on any
# disagreement. A minute for 50,000 ends.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/referee.sh "$@"
ends="${arguments[0]:-50000}"
$quick && ends=400
[[ "$ends" =~ ^[1-9][0-9]*$ ]] || { sed -n '2,/^set/{/^#/p}' tools/studies/referee.sh >&2; exit 2; }
build_study house_referee_tests

table="$(mktemp)"
trap 'rm -f "$table"' EXIT
status=0
ATOLL_REFEREE_EPISODES="$ends" ATOLL_REFEREE_OUT="$table" build/release/bin/house_referee_tests \
  --gtest_filter=HouseReferee.AgreesWithTheJudgeAtEveryEnd >&2 || status=1
"$python" tools/studies/referee.py "$table" "$results" "$command"
exit "$status"
