"""`atoll bench loader` beside its bars: loader.py ATOLL REPEATS FOLDER COMMAND. Exit code 1: a bar is missed."""

from __future__ import annotations

import json
import subprocess
import sys

from figures import figure, write_figures

TO_CACHE = 1500  # pictures/s of 640x480 H.264
TO_BATCHES = 100_000  # pictures/s of 96x72
RENDERER, REPLAYED = "the renderer alone", "replay recording to pictures"
RENDERER_SHARE = 0.9  # what "at the renderer's speed" leaves for the noise of two figures


def bar_of(name: str, unit: str, renderer: float) -> tuple[float, str] | None:
    if unit != "pictures/s":
        return None
    if name.startswith("recording to cache"):
        return TO_CACHE, f">= {TO_CACHE:,} pictures/s"
    if name.startswith("cache to batches"):
        return TO_BATCHES, f">= {TO_BATCHES:,} pictures/s"
    if name.startswith(REPLAYED):
        return RENDERER_SHARE * renderer, f"the renderer's speed (>= {RENDERER_SHARE} of it)"
    return None


def main() -> None:
    atoll, repeats, folder, command = sys.argv[1:]
    told = subprocess.run(["taskset", "-c", "0", atoll, "bench", "loader", "--json", "--repeats", repeats], check=True, stdout=subprocess.PIPE, text=True)
    measured = json.loads(told.stdout)["figures"]
    renderer = next(f["value"] for f in measured if f["name"].startswith(RENDERER))
    rows = []
    for f in measured:
        bar = bar_of(f["name"], f["unit"], renderer)
        rows.append(figure(f["name"], f["value"], f["unit"], low=f["low"], high=f["high"], bar=bar and bar[1], met=bar and f["value"] >= bar[0]))
    words = f"One core; medians [least .. most] of {repeats} repeats."
    sys.exit(0 if write_figures(folder, command, "The loader", words, rows) else 1)


main()
