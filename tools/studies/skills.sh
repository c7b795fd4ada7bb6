#!/usr/bin/env bash
# What the agent of configs/playhouse_skills.toml learns in 10, 30 and 90 minutes on two cores, on held-out starts: every
# family beside its bar, paired with a blank instruction and with an agent that was trained without language (30 minutes);
# unseen pairs, phrases and compositions; guidance, chosen on development starts; the goal head.
#
#   tools/studies/skills.sh [OUT]    OUT: a folder for runs and evaluations; default out/studies/skills. About 3 hours on
#                            two cores for one seed. It may be stopped and goes on where it was, and may run beside other
#                            work: what is counted is processor time. When all is there: results/DATE-skills/
#   tools/studies/skills.sh --quick [OUT]    seconds instead of minutes, to see that it works; out/quick/
#   SEEDS="1 2 3"    more training runs of each
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/skills.sh "$@"
out="${arguments[0]:-out/studies/skills}" minute_s=60 episodes=500
$quick && out="${arguments[0]:-out/quick/skills}" minute_s=0.2 episodes=2
build_study atoll
exec "$python" tools/studies/skills.py "$atoll" "$out" "$minute_s" "${SEEDS:-1}" "$episodes" "$results" "$command"
