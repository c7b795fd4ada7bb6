#!/usr/bin/env bash
# The main job end to end, on a bare Debian 12 machine with two cores: sets up, builds, records expert episodes in
# Playhouse, trains two agents (one without language), evaluates with every control, and plays the agent live in
# Playhouse's window, captured and controlled like any other game. Under 25 minutes after set-up and build.
#
#   tools/demo.sh [OUT]    OUT: where everything goes, a new folder; default out/demo
set -euo pipefail
# The program ends well when it is interrupted; the script must not go on with half of what it wanted.
trap 'exit 130' INT TERM
cd "$(dirname "$0")/.."
out="${1:-out/demo}"
[ ! -e "$out" ] || { echo "demo: $out is there already; name another folder or move it away" >&2; exit 2; }

say() { printf '\n\033[1m== %s\033[0m\n' "$*" >&2; }

say "set-up and build"
tools/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release --target atoll
atoll=build/release/bin/atoll
begin=$SECONDS

say "1 of 5: record expert episodes (seed and actions; pictures are rendered again when needed)"
"$atoll" record playhouse --player expert --episodes 20000 --set record.video=false --out "$out/recording"
"$atoll" check "$out/recording"

say "2 of 5: train an agent on them (12 minutes)"
"$atoll" train --config configs/demo.toml --set "trainer.sources.0.recordings=[\"$out/recording\"]" --out "$out/agent"

say "3 of 5: train the control that never sees an instruction (3 minutes)"
"$atoll" train --config configs/demo.toml --set "trainer.sources.0.recordings=[\"$out/recording\"]" \
  --set trainer.loss.language=false --set trainer.minutes=3 --out "$out/agent_no_language"

say "4 of 5: evaluate on starts that no training has seen"
"$atoll" eval --suite playhouse-basics --policy "$out/agent" --no-language "$out/agent_no_language" --episodes 500 \
  --out "$out/evaluation"

say "5 of 5: play live in Playhouse's window, captured and controlled like any other game"
"$atoll" play playhouse-window --policy "$out/agent" --episodes 10 --out "$out/live"
"$atoll" check "$out/live"

say "done in $(((SECONDS - begin) / 60)) min $(((SECONDS - begin) % 60)) s after set-up and build"
echo "report:      $out/evaluation/report.html"
echo "videos:      $out/evaluation/videos"
echo "live games:  $out/live"
