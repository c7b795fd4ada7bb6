#!/usr/bin/env bash
# What the parsers make of files that something happened to: 100,000 mutated ones (cut, bits flipped, other lengths,
# blocks doubled and removed) of MCAP, MP4, game profiles and policy contracts, and whole recordings through check, repair
# and reading. Under the address and undefined-behaviour sanitizers, with a deadline a file and a limit on memory. Then
# each libFuzzer target for a while. About 20 minutes beside the build (clang).
#
#   tools/studies/parsers.sh            writes results/DATE-parsers/
#   tools/studies/parsers.sh --quick    2,000 files and 10 s a target, to see that it works; writes out/quick/
#
# Exit code 1 when a bar is missed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/parsers.sh "$@"
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz >&2
count=100000 seconds=60
if $quick; then count=2000 seconds=10; fi
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
bin=build/fuzz/bin
# 1 GB is the bar for one allocation; every leak would be told too, but the workers of the study end without a look.
export ASAN_OPTIONS=max_allocation_size_mb=1000:allocator_may_return_null=0:detect_leaks=0
export UBSAN_OPTIONS=print_stacktrace=1
$bin/fuzz_seeds "$out/seeds"
workers=4
for ((seed = 2026; seed < 2026 + workers; ++seed)); do
  $bin/parser_study $((count / workers)) $seed "$out/seeds" >"$out/counts.$seed" 2>"$out/words.$seed" &
done
wait
cat "$out"/counts.* >"$out/counts.jsonl"
cat "$out"/words.* >"$out/words.txt"
for parser in mcap mp4 profile contract; do
  mkdir "$out/$parser"
  extra=
  [ $parser = mcap ] && extra="$out/seeds/unchecked"
  code=0
  $bin/fuzz_$parser -max_total_time=$seconds -timeout=20 -malloc_limit_mb=1000 -rss_limit_mb=3000 -artifact_prefix="$out/" \
    -print_final_stats=1 "$out/$parser" "$out/seeds/$parser" $extra >"$out/$parser.log" 2>&1 || code=$?
  echo "$code" >"$out/$parser.code"
done
"$python" tools/studies/parsers.py "$results" "$command" "$out" $count
