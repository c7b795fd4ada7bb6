#!/usr/bin/env bash
# Layout and static checks of the sources: clang-format over all tracked ones, then clang-tidy (the short list in
# .clang-tidy) over those that have not passed as they are (tools/tidy.py keeps what passed).
#
#   tools/lint.sh                     clang-tidy over the folders below, and over what differs from the branch main
#   tools/lint.sh core tests ...      clang-tidy over these folders or files
#   tools/lint.sh --all               clang-tidy over everything
#   tools/lint.sh --format            clang-format only
#
# Flags come from compile_commands.json of build/release or build/dev, whichever is there; LINT_BUILD names another folder.
set -euo pipefail
cd "$(dirname "$0")/.."
build="${LINT_BUILD:-}"
for preset in release dev; do
  [ -n "$build" ] || [ ! -f "build/$preset/compile_commands.json" ] || build="build/$preset"
done
# What each run of tools/test.sh looks at. The rest includes LibTorch, GoogleTest, CLI11 or nlohmann/json, and takes
# clang-tidy as long again and more.
light=(core net distributed datasets x11 capture input envs session evaluation)

git ls-files -z '*.h' '*.cpp' | xargs -0 clang-format --dry-run --Werror
[ "${1:-}" = --format ] && exit 0

[ -f "$build/compile_commands.json" ] || {
  echo "lint.sh: ${build:-build/release}/compile_commands.json is missing; run: cmake --preset release" >&2
  exit 1
}
case "${1:-}" in
  --all) paths=(.) ;;
  "")
    mapfile -t changed < <( (git diff --name-only --diff-filter=d main -- '*.cpp' 2>/dev/null || true
                             git ls-files --others --exclude-standard -- '*.cpp') | sort -u)
    paths=("${light[@]}" ${changed[@]+"${changed[@]}"}) ;;
  *) paths=("$@") ;;
esac
exec /usr/bin/python3 tools/tidy.py "$build" "${paths[@]}"
