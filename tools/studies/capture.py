"""Capture against its bars: capture.py FOLDER COMMAND PICTURES IN_TWO ROUNDS WAYLAND writes the study's results."""

from __future__ import annotations

import concurrent.futures
import json
import math
import os
import pathlib
import re
import subprocess
import sys

from figures import Figure, figure, write_figures

BIN = pathlib.Path("build/release/bin")
WORDS = """A window draws its own counter (64 cells that hold a number and its complement: a mixture of two pictures reads as
nothing) while another client moves, resizes, covers and unmaps it at random; each picture that is delivered is judged by
the journal of what was drawn when. *Late*: the drawing program was kept from drawing for longer than the source holds
pictures back; such pictures are left out. Freezes: a real SDL program and a real X server are stopped, hang and end; the
source is asked ten times a second, while the counting window keeps the machine busy. Wayland: sway without a screen,
its portal and PipeWire."""
BAD = ("torn", "stale", "wrong", "twice")


def lines_of(*command: str) -> list[dict]:
    """What a program tells, one JSON a line; it may end with 1 (something bad was found, which its lines tell)."""
    print(" ".join(command), file=sys.stderr)
    done = subprocess.run([str(BIN / command[0]), *command[1:]], stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1) or not done.stdout:
        raise SystemExit(f"{command[0]} failed with {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def stress(name: str, pictures: int, how: str, seed: int) -> list[Figure]:
    found = lines_of("capture_stress", str(pictures), str(seed), how)[0]
    judged = found["pictures"] - found["late"]
    bad = sum(found[kind] for kind in BAD)
    print(found, file=sys.stderr)
    changes = sum(found[kind] for kind in ("moves", "resizes", "covers", "unmaps"))
    enough = found["pictures"] >= pictures and found["late"] <= found["pictures"] / 10
    return [
        figure(f"{name}: wrong, stale, torn or repeated pictures", bad, "", n=judged, bar="0", met=enough and bad == 0),
        figure(f"{name}: moves, resizes, covers and unmaps meanwhile", changes, "", n=found["drawn"]),
        figure(f"{name}: late, left out", found["late"], "pictures", n=found["pictures"]),
    ]


def rank(values: list[float], part: float) -> float:
    return sorted(values)[max(math.ceil(part * len(values)) - 1, 0)]


def freezes(rounds: int) -> list[Figure]:
    lines = lines_of("capture_freezes", str(rounds))
    alarms = [line for line in lines if line["kind"] == "false alarms"]
    told = [figure(f"told though all was well, in {one['seconds']:.0f} s", one["count"], "times", bar="0", met=one["count"] == 0) for one in alarms]
    return told + told_after("", [line for line in lines if line["kind"] != "false alarms"], rounds)


def told_after(where: str, lines: list[dict], rounds: int) -> list[Figure]:
    kinds: dict[str, list[float]] = {}
    for line in lines:
        kinds.setdefault(line["kind"], []).append(line["ms"])
    figures = []
    for kind, times in kinds.items():
        missed = sum(ms < 0 for ms in times)
        found = rank([ms if ms >= 0 else 5000.0 for ms in times], 1.0)
        what = "seen again after" if kind == "window reopened" else "told after"
        figures.append(
            figure(
                f"{where}{kind}: {what}, largest", found / 1e3, "s", low=min(times) / 1e3, high=found / 1e3, n=len(times),
                bar="<= 1 s" if kind != "window reopened" else "goes on each time", met=missed == 0 and
                (found <= 1000 or kind == "window reopened") and len(times) >= rounds,
            )
        )
    return figures


def wayland(pictures: int, rounds: int) -> list[Figure]:
    found, *frozen = lines_of("capture_wayland", str(pictures), str(rounds))
    print(found, file=sys.stderr)
    bad = found["torn"] + found["old"]
    enough = len(frozen) == 2 * rounds
    return [
        figure(
            "Wayland, portal and PipeWire: torn or older pictures", bad, "", n=found["pictures"], bar="0",
            met=bad == 0 and found["pictures"] >= pictures and enough,
        ),
        figure("Wayland: pictures delivered of those drawn", 100 * found["pictures"] / found["counted"], "%", n=found["counted"]),
        *told_after("Wayland, ", frozen, rounds),
    ]


def cases(program: str, only: str, name: str) -> Figure:
    """Every case is a test with a window that draws its counter."""
    environment = os.environ | {"ATOLL_BIN": str(BIN.absolute())}
    command = [str(BIN / program), f"--gtest_filter={only}"]
    print(" ".join(command), file=sys.stderr)
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    ran = re.search(r"\[==========\] (\d+) tests? from .* ran\.", done.stdout)
    failed = len(set(re.findall(r"\[  FAILED  \] (\w+\.\w+)", done.stdout)))
    num = int(ran[1]) if ran else 0
    if done.returncode:
        print(done.stdout[-4000:], file=sys.stderr)
    return figure(name, num - failed, "tests pass", n=num, bar="all", met=done.returncode == 0 and num > 0)


def main() -> int:
    folder, command = sys.argv[1:3]
    pictures, in_two, rounds, on_wayland = map(int, sys.argv[3:])
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        frozen = pool.submit(freezes, rounds)  # on displays of their own, and mostly they wait
        stressed = stress("X11", pictures, "one", 2026) + stress("X11, drawn in two requests, settled", in_two, "two", 2027)
        figures = stressed + frozen.result()
    figures += [
        *wayland(on_wayland, rounds),
        cases("capture_display_tests", "X11*:Program*:WindowSearch*", "X11 cases"),
        cases("capture_wayland_tests", "*", "Wayland cases"),
    ]
    return 0 if write_figures(folder, command, "Capture", WORDS, figures) else 1


sys.exit(main())
