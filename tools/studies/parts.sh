# What studies of many parts share; sourced by them, from the root of the tree. Each part is a script of its own, of that
# name, in tools/studies or tools/compare, which leaves results/DATE-PART/; a page shows the newest results of each.
#
#   begin_parts SCRIPT ARGUMENT...     sets `parts`, which is all of them before, to those that are to be measured, and
#                                      `results`, where the page goes; prints the head of SCRIPT for --help
#   measure_parts                      measures them; a part that fails says so, and the others go on

begin_parts() {
  local script="$1" part
  shift
  trap 'exit 130' INT TERM
  quick=() results=results
  case "${1:-}" in
    --quick) quick=(--quick) results=out/quick; shift; mkdir -p "$results" ;;
    --table) parts=(); shift ;;
    --help) sed -n '2,/^set/{/^#/p}' "$script"; exit 0 ;;
  esac
  [ $# -eq 0 ] || parts=("$@")
  for part in "${parts[@]}"; do
    [ -n "$(script_of "$part")" ] && continue
    echo "$(basename "$script"): no part \"$part\"; $script --help tells them" >&2
    exit 2
  done
}

# script_of PART: where it is; nothing for what is no part.
script_of() {
  ls "tools/studies/$1.sh" "tools/compare/$1.sh" 2>/dev/null || true
}

measure_parts() {
  local part script failed
  for part in "${parts[@]}"; do
    script="$(script_of "$part")"
    printf '\n\033[1m== %s\033[0m\n' "$part" >&2
    failed=0
    "$script" "${quick[@]}" || failed=$?
    [ "$failed" -ne 130 ] || exit 130
    [ "$failed" -le 1 ] || echo "$script failed with exit code $failed; its older results stay" >&2
  done
}
