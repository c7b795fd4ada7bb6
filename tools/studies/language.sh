#!/usr/bin/env bash
# The language study: does an agent trained for a few minutes on two cores do what it is told, also with pairs of colour
# and shape and with phrases that training never named? Three training seeds of each variant, the same recordings:
#   masks        what tools/demo.sh trains: other goals and masks asked of the world (configs/demo.toml)
#   no_language  the control of each seed: the same without instructions
#   plain        recordings alone, named things found by goal frames (configs/playhouse_plain.toml)
#   action       recordings alone, action loss alone
#
#   tools/studies/language.sh [OUT]    OUT: a new folder; default out/studies/language. It gets the recording, of each
#                              variant and seed a run (NAME-SEED) and its evaluation (NAME-SEED-evaluation), and the
#                              table, README.md, which stdout gets, too. Nothing goes to results/ by itself. About 2.5
#                              hours of training on two cores; the minutes of each run: results/2026-11-22-language/
#   SEEDS="1 2 3" EPISODES=1500        training seeds, and held-out starts a condition (six tasks, evenly)
#   MASKS_MIN=6 BLANK_MIN=2    minutes of training of masks and no_language
#   PLAIN_STEPS=11500          steps of training of plain and action: 16.5 to 24 minutes when they were measured, on a
#                              slow and uneven machine. In steps, because these variants need all of their time: on a slow
#                              machine they take longer, and come to the same.
# A variant that is there already is left as it is, so that a study that was stopped goes on.
set -euo pipefail
# The program ends well when it is interrupted; the script must not go on with half of what it wanted.
trap 'exit 130' INT TERM
cd "$(dirname "$0")/../.."
out="${1:-out/studies/language}"
seeds="${SEEDS:-1 2 3}"
episodes="${EPISODES:-1500}"
masks_min="${MASKS_MIN:-6}"
blank_min="${BLANK_MIN:-2}"
plain_steps="${PLAIN_STEPS:-11500}"
atoll=build/release/bin/atoll
[ -x "$atoll" ] || { echo "language: build first, as tools/demo.sh does" >&2; exit 2; }
mkdir -p "$out"

say() { printf '\n\033[1m== %s\033[0m\n' "$*" >&2; }

# train NAME SEED CONFIG FLAGS...
train() {
  local run="$out/$1-$2" seed="$2" config="$3"
  shift 3
  [ -e "$run/done" ] && return
  rm -rf "$run"
  say "train $run"
  "$atoll" train --config "$config" --seed "$seed" --set "trainer.sources.0.recordings=[\"$out/recording\"]" \
    --set 'trainer.sources.0.families=["go to", "pick up"]' "$@" --out "$run"
  touch "$run/done"
}

# judge NAME SEED FLAGS...
judge() {
  local run="$out/$1-$2" result="$out/$1-$2-evaluation"
  shift 2
  [ -e "$result/results.json" ] && return
  rm -rf "$result"
  say "evaluate $run"
  "$atoll" eval --suite playhouse-language --policy "$run" "$@" --episodes "$episodes" --no-videos --out "$result"
}

if [ ! -e "$out/recording/done" ]; then
  rm -rf "$out/recording"
  "$atoll" record playhouse --player expert --task "go to" --task "pick up" --episodes 20000 --set record.video=false \
    --out "$out/recording"
  touch "$out/recording/done"
fi
for seed in $seeds; do
  train masks "$seed" configs/demo.toml --set "trainer.minutes=$masks_min"
  train no_language "$seed" configs/demo.toml --set "trainer.minutes=$blank_min" --set trainer.loss.language=false
  judge masks "$seed" --no-language "$out/no_language-$seed"
done
for seed in $seeds; do
  train plain "$seed" configs/playhouse_plain.toml --set trainer.minutes=0 --set "trainer.steps=$plain_steps"
  judge plain "$seed"
done
for seed in $seeds; do
  train action "$seed" configs/playhouse_plain.toml --set trainer.minutes=0 --set "trainer.steps=$plain_steps" --set trainer.loss.window=0 \
    --set trainer.loss.carried=0 --set trainer.loss.contrast=0 --set trainer.loss.hindsight=0 \
    --set trainer.loss.least_word_after=0 --set trainer.data.goal_frame_share=0
  judge action "$seed"
done
python3 tools/studies/language.py "$out" "$("$atoll" bench resize --json)" | tee "$out/README.md"
