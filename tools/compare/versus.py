"""Playhouse and another world by turns on one core: what the comparisons share. See vizdoom_side.py and miniworld_side.py.

A comparison's file, run as `FILE.py --steps SCENARIO WIDTHxHEIGHT SECONDS`, times the other world alone and prints steps
a second: in a process of its own, pinned to the core that Playhouse has when it is its turn.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from origin import origin, told, write_results

CORE = "0"
BAR = 3.0
WARM_UP = 200  # steps


@dataclasses.dataclass
class Other:
    name: str
    scenarios: list[str]
    sizes: list[str]
    how: str  # how it is played, in words


def rate_of(step: Callable[[int], int], seconds: float) -> float:
    """Steps a second. `step` takes a step's number and returns something of its picture, so that it is really read."""
    for i in range(WARM_UP):
        step(i)
    steps, read, begin = 0, 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        read += step(steps)
        steps += 1
    return steps / (time.perf_counter() - begin)


def pinned(command: list[str]) -> str:
    return subprocess.run(["taskset", "-c", CORE, *command], check=True, stdout=subprocess.PIPE, text=True).stdout


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):,.0f} [{min(values):,.0f} .. {max(values):,.0f}]"


def measure(other: Other, file: str, atoll: str, turns: int, seconds: float) -> list[dict]:
    ours: dict[str, list[float]] = {size: [] for size in other.sizes}
    theirs: dict[tuple[str, str], list[float]] = {(s, size): [] for s in other.scenarios for size in other.sizes}
    for turn in range(turns):
        print(f"turn {turn + 1} of {turns}", file=sys.stderr)
        for (scenario, size), rates in theirs.items():
            told_last = pinned([sys.executable, file, "--steps", scenario, size, str(seconds)]).split()[-1]
            rates.append(float(told_last))
        for size in other.sizes:
            bench = json.loads(pinned([atoll, "bench", "world", "--only", f"full: steps {size}", "--json"]))
            ours[size].append(bench["figures"][0]["value"])
    return [
        {
            "picture": size,
            "scenario": scenario,
            "playhouse": ours[size],
            "other": rates,
            "ratio": statistics.median(ours[size]) / statistics.median(rates),
            "least_ratio": min(a / b for a, b in zip(ours[size], rates)),
            "most_ratio": max(a / b for a, b in zip(ours[size], rates)),
        }
        for (scenario, size), rates in theirs.items()
    ]


def page_of(other: Other, found: dict) -> str:
    lines = [
        f"# Playhouse and {other.name} on one core",
        "",
        told(found),
        "",
        "Steps a second, a picture read at every step, by turns in one run: median [least .. most] over "
        f"{found['turns']} turns.",
        "Playhouse: level `full` (6 rooms, 30 things), four ticks of physics a step, the actions of a human-like expert, "
        "verdicts and resets included.",
        other.how,
        "",
        f"| picture | Playhouse | {other.name} | scenario | ratio of medians | smallest ratio of a turn | bar | met |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in found["rows"]:
        lines.append(
            f"| {row['picture']} | {spread(row['playhouse'])} | {spread(row['other'])} | {row['scenario']} | "
            f"{row['ratio']:.2f} | {row['least_ratio']:.2f} | >= {BAR:.0f} | {'yes' if row['ratio'] >= BAR else 'no'} |"
        )
    return "\n".join(lines) + "\n"


def main(other: Other, file: str, steps: Callable[[str, int, int, float], float]) -> None:
    """`steps`: scenario, width, height, seconds to steps a second of the other world."""
    if sys.argv[1] == "--steps":
        width, height = map(int, sys.argv[3].split("x"))
        print(steps(sys.argv[2], width, height, float(sys.argv[4])))
        return
    atoll, turns, seconds, folder, command = sys.argv[1:]
    rows = measure(other, file, atoll, int(turns), float(seconds))
    found = {**origin(command), "other": other.name, "turns": int(turns), "rows": rows}
    write_results(pathlib.Path(folder), found, page_of(other, found))
