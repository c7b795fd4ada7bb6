#!/usr/bin/env bash
# Playhouse's exact promises, each proved by a test: the parser, equal bits in every build, scenarios, two players, bad
# messages, Gymnasium's checker. Builds those tests, also with the sanitizers and for AVX2, and runs them; about 10
# minutes beside the builds.
#
#   tools/studies/checks.sh            writes results/DATE-checks/
#   tools/studies/checks.sh --quick    those that take seconds, to see that it works; writes out/quick/
#
# Exit code 1 when a check fails.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/studies/study.sh
begin_study tools/studies/checks.sh "$@"
build_study atoll house_language_tests house_plan_slow_tests house_tasks_tests playhouse_episodes_slow_tests \
  playhouse_episodes_tests playhouse_window_display_tests remote_tests
if ! $quick; then
  grep -q '^flags.* avx2 ' /proc/cpuinfo && build_study playhouse_avx2_tests
  cmake --preset asan >/dev/null
  cmake --build --preset asan --target playhouse_episodes_slow_tests >&2
fi
"$python" tools/studies/checks.py "$quick" "$results" "$command"
