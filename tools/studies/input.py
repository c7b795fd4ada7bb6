"""Runs the tests of input with large counts and holds their figures against the bars: input.py QUICK FOLDER COMMAND."""

import json
import os
import pathlib
import subprocess
import sys

from origin import origin, told, write_results

BIN = pathlib.Path("build/release/bin")
HOME = pathlib.Path(os.environ.get("ATOLL_HOME", pathlib.Path.home() / ".local/share/atoll"))

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
            "The kernel's devices are tried in a virtual machine without hardware help (QEMU's TCG, two emulated "
            "processors), so its times are many times those of a real machine. A test that fails ends the study.",
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
    for setting in (f"ATOLL_GUEST_EVENTS={events}", f"ATOLL_GUEST_KILLS={kills}"):
        guest += ["--env", setting]
    figures = figures_of([*guest, str(BIN / "guest_tests"), str(BIN / "atoll_guard")], {"CI": "1"})
    display = [str(BIN / "input_display_tests"), "--gtest_filter=X11Input.*Event*"]
    figures += figures_of(display, {"ATOLL_INPUT_EVENTS": events})
    found = origin(command) | {"figures": [judged(figure, quick) for figure in figures]}
    names = {figure["name"] for figure in figures}
    missing = sorted((AT_LEAST.keys() | AT_MOST.keys()) - names)
    if missing:
        raise SystemExit(f"input.py: no test printed {missing}")
    write_results(folder, found, page(found))
    return 1 if any(figure["met"] is False for figure in found["figures"]) else 0


if __name__ == "__main__":
    sys.exit(main())
