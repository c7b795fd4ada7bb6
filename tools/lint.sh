#!/usr/bin/env bash
# Layout and static checks of the sources: clang-format over all tracked ones, clang-tidy over some.
#
#   tools/lint.sh                     clang-format, and clang-tidy over what differs from the branch main
#   tools/lint.sh core datasets ...   clang-format, and clang-tidy over these folders or files
#   tools/lint.sh --format            clang-format only
#
# clang-tidy reads build/dev/compile_commands.json (cmake --preset dev); LINT_BUILD names another build folder.
set -euo pipefail
cd "$(dirname "$0")/.."
build="${LINT_BUILD:-build/dev}"

git ls-files -z '*.h' '*.cpp' | xargs -0 clang-format --dry-run --Werror
[ "${1:-}" = --format ] && exit 0

[ -f "$build/compile_commands.json" ] || {
  echo "lint.sh: $build/compile_commands.json is missing; run: cmake --preset dev" >&2
  exit 1
}
if [ $# -gt 0 ]; then
  changed=$(git ls-files -- "$@" | sort -u)
else
  changed=$( (git diff --name-only --diff-filter=d main -- ; git ls-files --others --exclude-standard) | sort -u)
fi
# Only what this build compiles has flags to be read with.
mapfile -t files < <(grep '\.cpp$' <<<"$changed" | while read -r file; do
  if grep -qF "\"file\": \"$PWD/$file\"" "$build/compile_commands.json"; then echo "$file"; fi
done)
if [ ${#files[@]} -eq 0 ]; then
  echo "lint.sh: no source for clang-tidy" >&2
  exit 0
fi
echo "lint.sh: clang-tidy over ${#files[@]} sources" >&2
# The flags are GCC's; clang need not know all of its warnings.
printf '%s\n' "${files[@]}" | xargs -n 1 -P "$(nproc)" \
  clang-tidy -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option 2> >(grep -v 'warnings\? generated\.$' >&2)
