#!/usr/bin/env bash
# Does Playhouse's expert do what it is told? On held-out starts: every family and held-out set of the house, with an
# expert as partner every family that needs two, and what has to be remembered. About a minute.
#
#   tools/studies/experts.sh [N]        N: episodes a row, default 500; writes results/DATE-experts/
#   tools/studies/experts.sh --quick    20 episodes a row, of development starts; writes out/quick/
#
# Exit code 1 when a family is under its bar: 99 % alone, 95 % of those for two, 98 % of what has to be remembered.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/experts.sh "$@"
episodes="${arguments[0]:-500}" seeds=held_out
$quick && episodes=20 seeds=development
build_study atoll

out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
for suite in house pair memory; do
  rows="$(grep -c '^\[\[task\]\]' "evaluation/suites/playhouse-$suite.toml")"
  "$atoll" eval --suite "playhouse-$suite" --policy expert --seeds "$seeds" --episodes $((rows * episodes)) --no-videos \
    --out "$out/$suite" >&2
done
"$python" tools/studies/experts.py "$out" "$results" "$command"
