#!/usr/bin/env bash
# Sets up, builds everything, checks the sources with clang-tidy, runs every test. Ends with ctest's summary and its exit
# code.
#
#   tools/test.sh             all tests
#   tools/test.sh -L fast     arguments go to ctest: only the fast ones, `-R video` only those with that name, ...
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh

# The programs that people run, with all tests; and every header on its own.
cmake --preset release
cmake --build --preset release --target all all_verify_interface_header_sets
# Mistakes that clang-tidy finds; sources that passed as they are cost nothing.
tools/lint.sh
# The worlds again under the address and undefined-behaviour sanitizers: equal bits (golden hashes) in both builds; and what
# reads bytes of strangers.
cmake --preset asan
cmake --build --preset asan --target envs_tests net_tests playhouse_episodes_tests remote_tests
ctest --preset asan --output-on-failure -R '^(envs|net|playhouse_episodes|remote)$'

exec ctest --preset release --output-on-failure "$@"
