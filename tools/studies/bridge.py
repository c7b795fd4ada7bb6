"""The bridge's numbers beside their bars: bridge.py RESULTS writes RESULTS/bridge.md from RESULTS/DATE-PART/.

Each part knows its own bars (figures.py). Exit code 1: a bar is not met, or not measured.
"""

import collections
import pathlib
import sys

from figures import text_of
from parts import Folders, Parts, load_parts, sources

SECTIONS = {
    "Sync": ["sync", "sync_drift"],
    "Capture": ["capture", "x11grab"],
    "Input": ["input"],
    "Guard": ["guard"],
    "Recorder": ["recorder", "recorder_soak", "audio", "audio_drift"],
    "Games": ["games", "minetest", "detectors", "demos"],
    "Pages": ["web"],
    "Other programs": ["lerobot"],
    "Bad files": ["parsers"],
    "A live agent": ["doom_live"],
}


def table(names: list[str], parts: Parts, folders: Folders, counts: collections.Counter) -> list[str]:
    lines = ["| what | bar | measured | met | by |", "|---|---|---|---|---|"]
    for part in names:
        if part not in parts:
            counts[None] += 1
            lines.append(f"| all of `{part}` | | not run | **not run** | {part} |")
            continue
        for one in parts[part]["figures"]:
            if one.get("bar"):
                counts[one.get("met")] += 1
            met = {True: "yes", False: "**no**", None: "**not run**"}[one.get("met")] if one.get("bar") else ""
            source = f"[{part}]({folders[part].name}/)"
            lines.append(f"| {one['name']} | {one.get('bar') or ''} | {text_of(one)} | {met} | {source} |")
    return lines


def main() -> int:
    results = pathlib.Path(sys.argv[1])
    folders, parts = load_parts(results)
    counts: collections.Counter = collections.Counter()
    body: list[str] = []
    for section, names in SECTIONS.items():
        body += [f"## {section}", "", *table(names, parts, folders, counts), ""]
    total = sum(counts.values())
    page = [
        "# The bridge to real games, every number beside its bar",
        "",
        "Made by `tools/studies/bridge.sh`, which measures parts anew or shows what was measured last; the table at the end "
        "tells with which command, when, at which commit and on which machine. A row without a bar is told for its own "
        "sake.",
        "",
        *(["**Small numbers, to see that it all works: these are no measurements.**", ""] if results.name == "quick" else []),
        f"Of {total} bars: {counts[True]} met, {counts[False]} missed, {counts[None]} not measured.",
        "",
        *body,
        *sources([name for names in SECTIONS.values() for name in names], parts, folders),
    ]
    (results / "bridge.md").write_text("\n".join(page) + "\n")
    print(f"{results / 'bridge.md'}: of {total} bars {counts[True]} met, {counts[False]} missed, {counts[None]} not measured")
    return 0 if counts[True] == total else 1


sys.exit(main())
