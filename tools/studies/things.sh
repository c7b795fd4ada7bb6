#!/usr/bin/env bash
# Can a small network tell Playhouse's 9 shapes and 8 colours apart at 3 m in an agent's picture? About 6 minutes.
#
#   tools/studies/things.sh        writes results/DATE-things/README.md
set -euo pipefail
trap 'exit 130' INT TERM
cd "$(dirname "$0")/../.."
cmake --preset release >/dev/null
cmake --build --preset release --target atoll atoll_thing_crops >&2
results="results/$(date -u +%F)-things"
mkdir -p "$results"
"${ATOLL_HOME:-$HOME/.local/share/atoll}/venv/bin/python" tools/studies/things.py build/release/bin/atoll_thing_crops \
  "$(build/release/bin/atoll bench resize --json)" | tee "$results/README.md"
