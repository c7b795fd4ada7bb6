"""Precision and recall of Doom's detectors: detectors.py QUICK FOLDER COMMAND writes the study's results.

A moment is a change: a pickup (the game's bonus counter rises), another health, armor or ammo of the weapon in the hands.
A detection is right when a moment of its kind, with the same new number, lies within TOLERANCE tics; each moment is
found by one detection at most. The thing that a pickup is told of is right when a number that such a thing raises rose
then. Intervals are Wilson's, 95 %. Exit code 1 when a bar is missed.
"""

import json
import math
import pathlib
import re
import subprocess
import sys

from doom_truth import State, lumps_of, states_of
from figures import figure, write_figures
from intervals import wilson

READER = "build/release/bin/atoll_doom_readings"
WADS = ["/usr/share/games/doom/freedoom1.wad", "/usr/share/games/doom/freedoom2.wad"]
TOLERANCE = 4  # tics: a message under a flash may be read a few later
FIRST = 5  # tics at the start of a level, in which everything appears
KINDS = ["pickup", "health", "armor", "ammo"]
# The game's name of a message, without GOT, by what the thing raises; others raise nothing that is counted.
RAISES = {
    "health": ["HTHBONUS", "STIM", "MEDINEED", "MEDIKIT", "SUPER", "MSPHERE", "BERSERK"],
    "armor": ["ARMOR", "MEGA", "ARMBONUS", "MSPHERE"],
    "bullets": ["CLIP", "CLIPBOX", "CHAINGUN", "BACKPACK"],
    "shells": ["SHELLS", "SHELLBOX", "SHOTGUN", "SHOTGUN2", "BACKPACK"],
    "cells": ["CELL", "CELLBOX", "PLASMA", "BFG9000", "BACKPACK"],
    "rockets": ["ROCKET", "ROCKBOX", "LAUNCHER", "BACKPACK"],
}
MOST = {"health": 100, "armor": 200, "bullets": 200, "shells": 50, "cells": 300, "rockets": 50}  # then it may rise no more
PRECISION, RECALL, MOMENTS = 0.98, 0.95, 50
WORDS = "Truth: the game's own state, from its memory, in each tic of the human demos. Intervals: 95 % (Wilson)."


def moments_of(states: list[State | None]) -> dict[str, list[tuple[int, object]]]:
    """By kind: (tic, new value)."""
    moments = {kind: [] for kind in KINDS}
    before = None
    for tic, state in enumerate(states):
        if state is not None and before is not None and tic > FIRST:
            # A pickup adds 6; several in one tic, or between two looks, may show one message.
            for i in range(math.ceil((state.bonus - before.bonus) / 6)):
                moments["pickup"].append((tic, None) if i == 0 else (tic, None, "also"))
            for kind in ("health", "armor", "ammo"):
                value = getattr(state, kind)
                if value != getattr(before, kind) and value is not None:
                    moments[kind].append((tic, value))
        before = state
    return moments


def detections_of(wad: str, name: str) -> dict[str, list[tuple[int, object]]]:
    """By kind: (tic, new value), as Atoll reads the pictures."""
    found = {kind: [] for kind in KINDS}
    shown = {}
    run = subprocess.run([READER, wad, name], check=True, stdout=subprocess.PIPE, text=True)
    for line in run.stdout.splitlines():
        reading = json.loads(line)
        tic = reading["tic"]
        if "object" in reading and tic > FIRST:
            found["pickup"].append((tic, reading["object"]))
        for kind in ("health", "armor", "ammo"):
            value = reading.get(kind)
            if value is None and kind == "ammo":
                shown[kind] = None  # a weapon without any
            if value is None:
                continue
            if kind in shown and value != shown[kind] and tic > FIRST:
                found[kind].append((tic, value))
            shown[kind] = value
    return found


def numbers_of(state: State) -> dict[str, int]:
    return dict(zip(MOST, (state.health, state.armor, *state.rounds)))


def judged_names(wad: str, states: list[State | None], pickups: list[tuple[int, object]]) -> list[tuple[int, object, bool]]:
    """(tic, thing, whether a number that it raises rose) of the detected pickups whose thing raises any that can rise."""
    texts = dict(re.findall(r"^GOT(\w+) = (.*)$", lumps_of(wad)["DEHACKED"].decode("latin1"), re.MULTILINE))
    judged = []
    for tic, thing in pickups:
        names = {name for name, text in texts.items() if str(thing).lower() in text.lower()}
        near = [numbers_of(state) for state in states[max(tic - TOLERANCE - 1, 0) : tic + TOLERANCE + 1] if state is not None]
        raised = [number for number, raisers in RAISES.items() if names & set(raisers)]
        if not raised or not near or any(near[0][number] >= MOST[number] for number in raised):
            continue
        judged.append((tic, thing, any(b[number] > a[number] for number in raised for a, b in zip(near, near[1:]))))
    return judged


def match(moments: list, detections: list) -> tuple[list, list]:
    """The moments that nobody found, and the detections without a moment."""
    missed, wrong, free = [], [], list(detections)
    for tic, value, *also in moments:
        near = [d for d in free if abs(d[0] - tic) <= TOLERANCE and value in (None, d[1])]
        if near:
            free.remove(min(near, key=lambda d: abs(d[0] - tic)))
        elif not also:
            missed.append((tic, value))
    wrong = free
    return missed, wrong


def main() -> int:
    is_quick, folder, command = sys.argv[1] == "true", sys.argv[2], sys.argv[3]
    demos = [(wad, f"DEMO{i}") for wad in WADS for i in range(1, 5)]
    demos = demos[2:4:1] if is_quick else demos
    sums = {kind: {"moments": 0, "detections": 0, "missed": [], "wrong": []} for kind in KINDS}
    named = []
    for wad, name in demos:
        print(pathlib.Path(wad).stem, name, file=sys.stderr)
        states = list(states_of(wad, lumps_of(wad)[name]))
        moments, detections = moments_of(states), detections_of(wad, name)
        named += [(f"{pathlib.Path(wad).stem} {name}", *one) for one in judged_names(wad, states, detections["pickup"])]
        for kind in KINDS:
            missed, wrong = match(moments[kind], detections[kind])
            sums[kind]["moments"] += sum(len(m) == 2 for m in moments[kind])
            sums[kind]["detections"] += len(detections[kind])
            where = f"{pathlib.Path(wad).stem} {name}"
            sums[kind]["missed"] += [[where, *m] for m in missed]
            sums[kind]["wrong"] += [[where, *w] for w in wrong]
    figures = []
    for kind, s in sums.items():
        right = s["detections"] - len(s["wrong"])
        found = s["moments"] - len(s["missed"])
        for what, hits, n, least in (("precision", right, s["detections"], PRECISION), ("recall", found, s["moments"], RECALL)):
            low, high = wilson(hits, n)
            value, bar = hits / n if n else 0.0, f">= {least}, n >= {MOMENTS}"
            met = value >= least and n >= MOMENTS
            figures.append(figure(f"Doom {kind}: {what}", value, "", low=low, high=high, n=n, bar=bar, met=met))
    right, n = sum(one[-1] for one in named), len(named)
    low, high = wilson(right, n)
    bar, value = f">= {PRECISION}, n >= {MOMENTS}", right / n if n else 0.0
    what = "Doom pickup: the thing told raises a number that rose"
    figures.append(figure(what, value, "", low=low, high=high, n=n, bar=bar, met=value >= PRECISION and n >= MOMENTS))
    sums["pickup"]["misnamed"] = [one for one in named if not one[-1]]
    names = [f"{pathlib.Path(wad).stem} {name}" for wad, name in demos]
    is_met = write_figures(folder, command, "How well do Doom's detectors read?", WORDS, figures, demos=names, moments=sums)
    return 0 if is_met or is_quick else 1


if __name__ == "__main__":
    sys.exit(main())
