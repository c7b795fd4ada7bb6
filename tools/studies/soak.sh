#!/usr/bin/env bash
# Does Playhouse keep its promises in the long run? Random hands press and move in random houses of every level, in any
# look, for ten million steps on two threads; after every tick nobody may be inside a wall or outside of the house, every
# state must come back from its own snapshot, every step is drawn, and memory must stay flat. About 10 minutes.
#
#   tools/studies/soak.sh            writes results/DATE-soak/
#   tools/studies/soak.sh STEPS      another number, only to look: prints what it found, writes nothing
#
# Exit code 1 when something happened that must not.
set -euo pipefail
trap 'exit 130' INT TERM
cd "$(dirname "$0")/../.."
steps="${1:-10000000}" threads=2 seed=1

cmake --preset release >/dev/null
cmake --build --preset release --target atoll_soak >&2
if [ $# -gt 0 ]; then
  exec build/release/bin/atoll_soak "$steps" "$threads" "$seed"
fi

results="results/$(date -u +%F)-soak"
mkdir -p "$results"
found=0
build/release/bin/atoll_soak "$steps" "$threads" "$seed" >"$results/soak.json.new" || found=$?
[ "$found" -le 1 ] || { rm "$results/soak.json.new"; exit "$found"; }
mv "$results/soak.json.new" "$results/soak.json"
python3 tools/studies/soak.py "$results"
exit "$found"
