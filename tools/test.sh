#!/usr/bin/env bash
# Sets up, builds everything, runs every test. Ends with ctest's summary and its exit code.
#
#   tools/test.sh             all tests
#   tools/test.sh -L fast     arguments go to ctest: only the fast ones, `-R video` only those with that name, ...
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh

# The programs that people run, with all tests.
cmake --preset release
cmake --build --preset release
# The same sources under the address and undefined-behaviour sanitizers, as far as a test wants them (tests/envs: equal
# bits in both builds).
cmake --preset asan
cmake --build --preset asan --target playhouse_tests

exec ctest --preset release --output-on-failure "$@"
