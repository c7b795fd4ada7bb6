#!/usr/bin/env bash
# A training step in Atoll and in PyTorch by turns: the same model (configs/sizes/tiny.toml, small.toml), the same batches
# of Playhouse, losses and optimiser, equal threads. The losses of the first steps are held against each other before
# speeds are: where they are more than a thousandth apart, nothing is written. PyTorch runs eager and with torch.compile.
# Then end to end: `atoll train` beside the same step behind a PyTorch DataLoader, on the same recordings.
# About 25 minutes; nothing else should run meanwhile. On a GPU: tiny, small and base in bfloat16, with what of the card's
# arithmetic a step uses, and nothing end to end.
#
#   tools/compare/train_speed.sh [TURNS]    default 5; writes results/DATE-train_speed/
#   tools/compare/train_speed.sh --quick    one short turn, to see that it works; writes out/quick/
#   DEVICE=cuda tools/compare/train_speed.sh [TURNS]    on a GPU, with the preset cuda (DESKTOP=OFF without desktop
#                                           libraries); writes results/DATE-train_speed_gpu/
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/compare/train_speed.sh "$@"
turns="${arguments[0]:-5}" seconds=15
$quick && turns=1 seconds=2
device="${DEVICE:-cpu}" rival_python=none
if [ "$device" = cuda ]; then
  rmdir "$results"
  results="${results}_gpu" atoll=build/cuda/bin/atoll
  mkdir -p "$results"
  cmake --preset cuda -DATOLL_DESKTOP="${DESKTOP:-ON}" >/dev/null
  cmake --build --preset cuda --target atoll >&2
else
  rival torchcodec --no-deps torchcodec==0.11.1  # for torch 2.11
  rival sentencepiece "sentencepiece==0.2.*"
  packages=("$atoll_home"/venv/lib/python*/site-packages)
  export PYTHONPATH="$PYTHONPATH:${packages[0]}"
  build_study atoll
fi
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
"$python" tools/compare/train_speed_side.py "$atoll" "$rival_python" "$turns" "$seconds" "$device" "$results" "$scratch" "$command"
