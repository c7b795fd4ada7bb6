# What sync.sh and sync_drift.sh share; sourced by them after begin_study.
#
#   measure_sync MODE SECONDS    keys are pressed for so long as a person and as an agent; sync.py MODE tells of it

measure_sync() {
  local out
  out="$(mktemp -d)"
  trap "rm -rf '$out'" EXIT
  build_study atoll
  XDG_DATA_HOME="$out" "$atoll" check --sync --display virtual --seconds "$2" --out "$out/recording" --json \
    >"$out/sync.json" || [ $? -eq 1 ]
  "$python" tools/studies/sync.py "$1" "$results" "$command" "$out/sync.json"
}
