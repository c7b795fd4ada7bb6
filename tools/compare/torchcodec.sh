#!/usr/bin/env bash
# Random windows of pictures at training size (96x72, uint8) out of recordings of 640x480, by Atoll and by torchcodec, by
# turns on one core: the same files, the same list of windows. Atoll decodes the video file for each window, or reads its
# training cache, which is what training does. About 10 minutes; nothing else should run meanwhile.
#
#   tools/compare/torchcodec.sh [TURNS]    default 5; writes results/DATE-torchcodec/
#   tools/compare/torchcodec.sh --quick    one short turn, to see that it works; writes out/quick/
#
# The last lines are `ratio NAME VALUE LOW HIGH`: torchcodec's processor time over Atoll's, the geometric mean over the
# files and lengths of windows; median, least and most of the turns. Above 1 Atoll takes less.
#
# torchcodec's wheel goes into an environment of its own beside Atoll's set-up and takes torch and FFmpeg's libraries from
# there and from the system; where it does not load, the script says why and exits with code 3.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/compare/torchcodec.sh "$@"
turns="${arguments[0]:-5}" episodes=20 windows=200
$quick && turns=1 episodes=2 windows=10
rival torchcodec --no-deps torchcodec==0.11.1  # for torch 2.11
packages=("$atoll_home"/venv/lib/python*/site-packages)
export PYTHONPATH="$PYTHONPATH:${packages[0]}"
if ! "$rival_python" -c 'from torchcodec.decoders import VideoDecoder'; then
  echo "torchcodec.sh: torchcodec does not load here, see above; it needs torch 2.11 and FFmpeg's shared libraries" >&2
  exit 3
fi
build_study atoll read_windows
"$rival_python" tools/compare/torchcodec_side.py "$atoll" "$turns" "$episodes" "$windows" "$results" "$command"
