"""Runs the tests of input with large counts and holds their figures against the bars: input.py QUICK FOLDER COMMAND [timed].

With `timed` the counts of an earlier run stay; every figure carries the commit that it was measured at.
"""

import json
import os
import pathlib
import subprocess
import sys

from origin import commit, origin, told, write_results

BIN = pathlib.Path("build/release/bin")
DATA_HOME = os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share"
HOME = pathlib.Path(os.environ.get("ATOLL_HOME") or pathlib.Path(DATA_HOME) / "atoll")  # as tools/setup.sh

EXACT = "nothing lost, doubled or reordered"
# By the name under which a test prints it: the smallest value that is enough, or the largest, and the bar in words.
AT_LEAST = {
    "events that came back through uinput and evdev, equal and in order": (1_000_000, f"1,000,000 events, {EXACT}"),
    "events that came back through XTest and XI2, equal and in order": (1_000_000, f"1,000,000 events, {EXACT}"),
    "processes that held keys through uinput and were killed, nothing left down": (50, "50 kills"),
    "controls of the emulated gamepad that SDL2 reads": (21, "all: 11 buttons, 6 axes, 4 directions of the hat"),
    "policies killed while the guard holds keys through uinput, nothing left down": (50, "50 kills"),
    "guards killed while they hold keys through uinput, nothing left down": (50, "50 kills"),
}
AT_MOST = {
    "a person's key to the agent's release, guard over uinput, max": (50.0, "<= 50 ms"),
    "guard killed to keys up, beyond its chunk's end, uinput, p99": (100.0, "<= 100 ms"),
    "policy killed to keys up, beyond its chunk's end, uinput, p99": (100.0, "<= 100 ms"),
}


def figures_of(command: list[str], environment: dict[str, str]) -> list[dict]:
    """Runs tests that print `FIGURE {...}`; a failed test ends the study."""
    done = subprocess.run(command, env=os.environ | environment, stdout=subprocess.PIPE, text=True)
    for line in done.stdout.splitlines():
        if not line.startswith("FIGURE"):
            print(line, file=sys.stderr)
    if done.returncode != 0:
        raise SystemExit(f"input.py: {' '.join(command)} ended with {done.returncode}")
    return [json.loads(line.removeprefix("FIGURE ")) for line in done.stdout.splitlines() if line.startswith("FIGURE")]


def judged(figure: dict, quick: bool) -> dict:
    name, value = figure["name"], figure["value"]
    bar, met = "", None
    if name in AT_LEAST:
        least, bar = AT_LEAST[name]
        met = quick or value >= least
    elif name in AT_MOST:
        most, bar = AT_MOST[name]
        met = value <= most
    return {"low": value, "high": value} | figure | {"bar": bar, "met": met}


def page(found: dict) -> str:
    rows = [
        f"| {f['name']} | {f['bar'] or 'none: a figure'} | {f['value']:,.6g} {f['unit']} (n = {f['n']:,}) | "
        f"{ {True: 'yes', False: 'no', None: ''}[f['met']] } |"
        for f in found["figures"]
    ]
    return "\n".join(
        [
            "# Keys, mouse and gamepads, out and in",
            "",
            told(found),
            "",
            "The kernel's devices are tried in a virtual machine without hardware help (QEMU's TCG). Its clock counts "
            "instructions where something is timed, 250 million a second: slower than real machines, and independent of "
            "what else runs on this one. A test that fails ends the study.",
            "",
            "| what | bar | measured | met |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def main() -> int:
    quick, folder, command = sys.argv[1] == "true", pathlib.Path(sys.argv[2]), sys.argv[3]
    events, kills = ("20000", "3") if quick else ("1000000", "50")
    guest = [sys.executable, "tests/guest/run_guest.py", "--kernel", str(HOME / "guest"), "--deadline", "1200"]
    guest += ["--env", f"ATOLL_GUEST_EVENTS={events}", "--env", f"ATOLL_GUEST_KILLS={kills}"]
    programs = [str(BIN / "guest_tests"), str(BIN / "atoll_guard")]
    display = [str(BIN / "input_display_tests")]
    # What is timed first, then what is only counted.
    figures = figures_of([*display, "--gtest_filter=X11Input.ASingleEvent*"], {})
    figures += figures_of([*guest, "--filter", "*-*.RandomEvents*", "--own-time", *programs], {"CI": "1"})
    figures = [figure | {"commit": commit()} for figure in figures]
    print("input.py: what is timed is done", file=sys.stderr, flush=True)
    earlier = folder / "results.json"
    if sys.argv[4:] == ["timed"]:
        names = {figure["name"] for figure in figures}
        figures += [one for one in json.loads(earlier.read_text())["figures"] if one["name"] not in names]
        return tell(figures, quick, folder, command)
    figures += figures_of([*display, "--gtest_filter=X11Input.RandomEvents*"], {"ATOLL_INPUT_EVENTS": events})
    figures += figures_of([*guest, "--filter", "*.RandomEvents*", *programs], {"CI": "1"})
    return tell([{"commit": commit()} | figure for figure in figures], quick, folder, command)


def tell(figures: list[dict], quick: bool, folder: pathlib.Path, command: str) -> int:
    """Holds the figures against their bars and writes them down; the exit code."""
    found = origin(command) | {"figures": [judged(figure, quick) for figure in figures]}
    names = {figure["name"] for figure in figures}
    missing = sorted((AT_LEAST.keys() | AT_MOST.keys()) - names)
    if missing:
        raise SystemExit(f"input.py: no test printed {missing}")
    write_results(folder, found, page(found))
    return 1 if any(figure["met"] is False for figure in found["figures"]) else 0


if __name__ == "__main__":
    sys.exit(main())
