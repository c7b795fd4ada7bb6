"""Holds the guard's fault table against its bars: guard.py FOLDER COMMAND ROUNDS reads FOLDER/rounds.jsonl."""

import json
import math
import os
import pathlib
import sys
from typing import Any

from figures import Figure, figure, write_figures

RELEASE_BAR_MS, TAKEOVER_BAR_MS = 100, 50
PERSON = ("kill_key", "takeover", "takeover_in_flood")
FAULTS = (
    "policy_killed", "policy_stopped", "policy_stalled", "policy_floods", "policy_forbidden", "guard_killed", "guard_stopped",
    "game_closed", "focus_lost", "display_gone", *PERSON,
)  # fmt: skip
WORDS = """A session of its own process schedules chunks of random held keys (8 steps at 50 Hz, a new one every 4) through a guard
to a window. At a random moment one thing goes wrong. Another client of the display asks which keys are down, every
0.3 ms, until 100 ms after the end of the last chunk and longer; a second window counts what is typed into it, and takes
the focus in `focus_lost` and, once the window is gone, in `game_closed`. *Late*:
from the end of the last chunk that was scheduled to the last moment at which any key of the agent was seen down;
negative when it was released before. The person is a second pair of master devices. In every second round of
`focus_lost` keys have been held beyond the server's delay of auto-repeat. Times hold for the load that the machine had
(it is told below): the X server waits for a processor as everybody does."""


def rank(values: list[float], part: float) -> float:
    """Nearest rank: of 50 values the 99th percentile is the largest."""
    return sorted(values)[max(math.ceil(part * len(values)) - 1, 0)]


def times(name: str, values: list[float], bar_ms: int, words: str, enough: bool) -> Figure:
    if not values:
        return figure(name, 0, "ms", n=0, bar=words, met=False)
    return figure(
        name, rank(values, 0.99), "ms", low=min(values), high=max(values), n=len(values), bar=words,
        met=enough and rank(values, 0.99) <= bar_ms,
    )


def figures_of(fault: str, rounds: list[dict[str, Any]], enough: bool) -> list[Figure]:
    found = []
    overdue = [one["overdue_ms"] for one in rounds if one["overdue_ms"] is not None]
    if fault != "display_gone":
        found.append(times(f"{fault}: late, p99", overdue, RELEASE_BAR_MS, "<= 100 ms after the chunk's end, 50 times", enough))
    released = [one["release_ms"] for one in rounds if one["release_ms"] is not None]
    if fault in PERSON:
        found.append(times(f"{fault}: agent's keys up after the person's act, p99", released, TAKEOVER_BAR_MS, "<= 50 ms", enough))
        served = [one["served_ms"] for one in rounds if one["served_ms"] is not None]
        if served:  # of the times above: until the display had what the person did
            found.append(figure(f"{fault}: of it, until the display had the act, p99", rank(served, 0.99), "ms", low=min(served), high=max(served), n=len(served)))
        wrong = sum(not one["are_origins_right"] for one in rounds)
        for one in rounds:
            if not one["are_origins_right"]:
                print(f"{fault}, round {one['round']}: {one['origins']}", file=sys.stderr)
        if fault != "kill_key":
            found.append(figure(f"{fault}: rounds with a wrong origin", wrong, "", n=len(rounds), bar="0", met=wrong == 0))
    elif fault == "display_gone":
        found.append(figure("display_gone: session ended after, largest", max(released, default=0), "ms", n=len(released)))
    wrong = [one for one in rounds if one["typed_elsewhere"] or one["forbidden_seen"] or one["presses_after"]]
    found.append(
        figure(
            f"{fault}: rounds with a press in another window, of a forbidden key, or after the end", len(wrong), "",
            n=len(rounds), bar="0", met=not wrong,
        )
    )
    untidy = [one for one in rounds if one["problem"] or one["processes_left"]]
    for one in untidy:
        print(f"{fault}, round {one['round']}: {one['problem']} ({one['processes_left']} processes left)", file=sys.stderr)
    found.append(
        figure(f"{fault}: rounds that hung, gave no clear error or left a process", len(untidy), "", n=len(rounds), bar="0", met=not untidy)
    )
    return found


def main() -> int:
    folder, command, num_rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    lines = (pathlib.Path(folder) / "rounds.jsonl").read_text().splitlines()
    rounds: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        one = json.loads(line)
        rounds.setdefault(one["fault"], []).append(one)
    figures = []
    for fault in dict.fromkeys([*FAULTS, *rounds]):
        of_it = rounds.get(fault, [])
        enough = len(of_it) == num_rounds
        figures.append(figure(f"{fault}: rounds", len(of_it), "", bar=f"{num_rounds}", met=enough))
        if of_it:
            figures += figures_of(fault, of_it, enough)
    return 0 if write_figures(folder, command, "The guard's fault table", f"{WORDS}\n\nLoad at the end: {os.getloadavg()[2]:.1f} (15 minutes).", figures) else 1


sys.exit(main())
