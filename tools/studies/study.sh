# What the studies here and the comparisons beside them share; sourced by them, from the root of the tree.
#
#   begin_study SCRIPT [ARGUMENT...]    SCRIPT: from the root. `--quick` as the first argument: small numbers, to see
#                                       that everything works
#   build_study TARGET...               builds these, and nothing else
#   train_once OUT CONFIG RECORDINGS [FLAG...]    of a live study: OUT/run, from a TOML list of recordings, unless it is
#                                       there; a run that was stopped begins anew, and what it had played goes
#   rival MODULE REQUIREMENT...         of a comparison: puts the wheels of another project into an environment beside
#                                       Atoll's, once; sets rival_python
#
# Sets: quick (true or false), arguments (the others), results (the folder to be filled: results/DATE-NAME, or
# out/quick/DATE-NAME), command (how it was called), atoll (the program), atoll_home (as tools/setup.sh), python (Atoll's,
# which finds the Python files of this folder and Atoll's package). A study leaves results.json there, which tells what
# was found and where it comes from (origin.py), and README.md for people. Exit code 1: something is not as it must be;
# other codes: it failed.

begin_study() {
  trap 'exit 130' INT TERM  # a program ends well when it is interrupted; the script must not go on
  command="$*"
  local name
  name="$(basename "$1" .sh)"
  shift
  quick=false
  results="results/$(date -u +%F)-$name"
  if [ "${1:-}" = --quick ]; then
    quick=true
    results="out/quick/$(date -u +%F)-$name"
    shift
  fi
  arguments=("$@")
  atoll=build/release/bin/atoll
  atoll_home="${ATOLL_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/atoll}"
  python="$atoll_home/venv/bin/python"
  export PYTHONPATH=tools/studies:tools/python PYTHONDONTWRITEBYTECODE=1
  mkdir -p "$results"
}

build_study() {
  cmake --preset release >/dev/null
  cmake --build --preset release --target "$@" >&2
}

train_once() {
  local out="$1" config="$2" recordings="$3"
  shift 3
  [ -e "$out/run/done" ] && return
  rm -rf "$out/run" "$out/play"
  "$atoll" train --config "$config" --set "trainer.sources.0.recordings=$recordings" \
    --set "trainer.sources.0.cache=\"$out/$(basename "$config" .toml).cache\"" "$@" --out "$out/run"
  touch "$out/run/done"
}

rival() {
  local venv="$atoll_home/compare" module="$1"
  shift
  rival_python="$venv/bin/python"
  [ -x "$rival_python" ] || python3 -m venv "$venv"
  "$rival_python" -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)' "$module" ||
    "$venv/bin/pip" install --quiet --disable-pip-version-check "$@"
}
