#!/usr/bin/env bash
# One agent for three worlds: trained on Playhouse, Doom and Minetest at once (configs/generalist.toml), beside a
# specialist of each world and an agent that never saw Minetest, as the SIMA report compares them (arXiv 2404.10179,
# section 4.2). Every run gets the same processor time. Playhouse is evaluated stepped, the games live; held-out starts.
#
#   tools/studies/generalist.sh [OUT [DOOM [MINETEST]]]    OUT: runs and evaluations, some 2 GB, default
#                            out/studies/generalist; DOOM, MINETEST: what doom_live.sh and minetest_live.sh have recorded
#                            there, default out/studies/doom_live and out/studies/minetest_live. About an hour
#                            and a half on two cores: 50 minutes of training, 40 of play. It may be stopped and goes on
#                            where it was; training may run beside other work, the live games may not. When all is there:
#                            results/DATE-generalist/
#   tools/studies/generalist.sh --quick [...]    seconds instead of minutes, to see that it works, by default on what
#                            their --quick has recorded; out/quick/
#   MINUTES=30 SEED=2    more time a run; another training seed (and OUT)
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/generalist.sh "$@"
home=out/studies minutes="${MINUTES:-15}" stepped=1400 live=20
$quick && home=out/quick minutes=0.3 stepped=14 live=1
out="${arguments[0]:-$home/generalist}" doom="${arguments[1]:-$home/doom_live}" minetest="${arguments[2]:-$home/minetest_live}"
mkdir -p "$out"
build_study atoll
"$python" tools/studies/generalist.py "$atoll" "$out" "$doom" "$minetest" "$minutes" "${SEED:-1}" "$stepped" "$live" "$results" "$command"
