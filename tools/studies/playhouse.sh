#!/usr/bin/env bash
# Playhouse: every number that was asked of it beside its bar, in results/playhouse.md. Each part is a script of its own
# that leaves results/DATE-PART/; the table shows the newest results of each part, with date, commit and machine.
#
#   tools/studies/playhouse.sh              measures all parts anew: about 2 hours on two cores on which nothing else runs
#   tools/studies/playhouse.sh PART...      measures these anew; of the others the table shows what lies there
#   tools/studies/playhouse.sh --table      measures nothing: the table of what lies there
#   tools/studies/playhouse.sh --quick [PART...]    few episodes and repeats, to see that it all works: out/quick/playhouse.md
#
# Parts: speed vizdoom miniworld experts things motion referee soak windowed checks demo. A part that has never been
# measured is "not run" in the table. A part that fails says so, and the others go on. Exit code 1: a bar is not met, or
# not measured.
set -euo pipefail
trap 'exit 130' INT TERM
cd "$(dirname "$0")/../.."
parts=(speed vizdoom miniworld experts things motion referee soak windowed checks demo)
quick=() results=results
case "${1:-}" in
  --quick) quick=(--quick) results=out/quick; shift; mkdir -p "$results" ;;
  --table) parts=(); shift ;;
  --help) sed -n '2,/^set/{/^#/p}' tools/studies/playhouse.sh; exit 0 ;;
esac
[ $# -eq 0 ] || parts=("$@")

# script_of PART: where it is; nothing for what is no part.
script_of() {
  ls "tools/studies/$1.sh" "tools/compare/$1.sh" 2>/dev/null || true
}
for part in "${parts[@]}"; do
  [ -n "$(script_of "$part")" ] && continue
  echo "playhouse.sh: no part \"$part\"; tools/studies/playhouse.sh --help tells them" >&2
  exit 2
done

for part in "${parts[@]}"; do
  script="$(script_of "$part")"
  printf '\n\033[1m== %s\033[0m\n' "$part" >&2
  failed=0
  "$script" "${quick[@]}" || failed=$?
  [ "$failed" -ne 130 ] || exit 130
  [ "$failed" -le 1 ] || echo "playhouse.sh: $script failed with exit code $failed; its older results stay" >&2
done
python3 tools/studies/playhouse.py "$results"
