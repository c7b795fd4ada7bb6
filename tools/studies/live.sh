#!/usr/bin/env bash
# Do live and stepped Playhouse agree, and does the live loop keep its time? Plays a policy on held-out starts in
# Playhouse's captured window in real time, replays every tick in the stepped world and compares it bit by bit, compares
# the success with that of the stepped evaluation on the same starts, and measures the live loop in Playhouse's window
# and in Doom. About 8 minutes; nothing else should run meanwhile.
#
#   tools/studies/live.sh RUN [OUT]            OUT: a new folder for recordings and logs; default out/live-study
#   tools/studies/live.sh --quick RUN [OUT]    the same with few episodes, to see that it works; writes no results/
#
# Writes results/DATE-live/. Exit code 1 when live and stepped do not agree.
set -euo pipefail
# The program ends well when it is interrupted; the script must not go on with half of what it wanted.
trap 'exit 130' INT TERM
quick=false
[ "${1:-}" = --quick ] && { quick=true; shift; }
[ $# -ge 1 ] || { sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2; }
run="$(realpath "$1")"
out="$(realpath -m "${2:-out/live-study}")"
cd "$(dirname "$0")/../.."
[ ! -e "$out" ] || { echo "live.sh: $out is there already; name another folder or move it away" >&2; exit 2; }
mkdir -p "$out"

suite=playhouse-basics
results="results/$(date -u +%F)-live"
policy_episodes=50 random_episodes=14 stepped_episodes=504 pictures=1000 bench_s=60
if $quick; then
  results="$out/results"
  policy_episodes=7 random_episodes=3 stepped_episodes=70 pictures=100 bench_s=10
fi

say() { printf '\n\033[1m== %s\033[0m\n' "$*" >&2; }

say "build"
cmake --preset release >/dev/null
cmake --build --preset release --target atoll
atoll=build/release/bin/atoll

# play NAME PLAYER EPISODES [FLAG...]: in the window on a screen of its own, recorded, every tick logged.
play() {
  local name="$1" player="$2" episodes="$3"
  shift 3
  "$atoll" play playhouse-window --policy "$player" --suite "$suite" --episodes "$episodes" "$@" \
    --set world.display=virtual --set "world.arguments=[\"--log\", \"$out/$name.ticks\"]" \
    --out "$out/$name" --json >"$out/$name.json"
}

# Exit code 1 is a finding, which the summary reports; anything else ends the study.
agree() {
  "$atoll" check "$out/$1" --ticks "$out/$1.ticks" --json >"$out/$1.agreement.json" || [ $? -eq 1 ]
}

say "1 of 4: the policy in the captured window, real time, $policy_episodes episodes"
play policy "$run" "$policy_episodes"
say "2 of 4: random actions in the window, so that failures are among the episodes"
play random random "$random_episodes" --seconds 4
say "3 of 4: all of it again in the stepped world, and $stepped_episodes stepped episodes of the policy"
agree policy
agree random
"$atoll" eval --suite "$suite" --policy "$run" --episodes "$stepped_episodes" --no-controls --no-videos \
  --out "$out/stepped" >&2
say "4 of 4: the live loop, $bench_s s in each world"
"$atoll" bench live --set "seconds=$bench_s" --json >"$out/bench.json"

python3 tools/studies/live.py "$out" "$results" "$pictures"
