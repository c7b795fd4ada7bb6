"""Playhouse's numbers beside their bars: playhouse.py RESULTS writes RESULTS/playhouse.md from RESULTS/DATE-PART/.

What was asked for is in playhouse_bars.py. Exit code 1: a bar is not met, or not measured.
"""

import collections
import pathlib
import sys

from parts import load_parts, sources
from playhouse_bars import SECTIONS, Measured, Row, time_table


def measured(row: Row, parts: dict[str, dict]) -> Measured:
    if row.part not in parts:
        return Measured("not run", None)
    try:
        return row.read(parts[row.part])
    except (KeyError, StopIteration, IndexError):
        return Measured("not run", None)  # results of an older form, or of a shorter run


def table(rows: list[Row], parts: dict[str, dict], folders: dict[str, pathlib.Path], counts: collections.Counter) -> list[str]:
    lines = ["| what | bar | measured | met | by |", "|---|---|---|---|---|"]
    for row in rows:
        told = measured(row, parts)
        met = {True: "yes", False: "**no**", None: "**not run**"}[told.met]
        counts[told.met] += 1
        source = f"[{row.part}]({folders[row.part].name}/)" if row.part in folders else row.part
        lines.append(f"| {row.what} | {row.bar} | {told.text} | {met} | {source} |")
    return lines


def main() -> None:
    results = pathlib.Path(sys.argv[1])
    folders, parts = load_parts(results)
    counts: collections.Counter = collections.Counter()
    body: list[str] = []
    for section, rows in SECTIONS.items():
        body += [f"## {section}", "", *table(rows, parts, folders, counts), ""]
        if section == "Speed" and "speed" in parts:
            body += time_table(parts["speed"])
    total = sum(counts.values())
    is_quick = results.name == "quick"
    page = [
        "# Playhouse, every number beside its bar",
        "",
        "Made by `tools/studies/playhouse.sh`, which measures each part anew or shows what was measured last; the table at the "
        "end tells with which command, when, at which commit and on which machine. Timed figures are medians "
        "[least .. most] of repeats.",
        "",
        *(["**Few episodes and repeats, to see that it all works: these are no measurements.**", ""] if is_quick else []),
        f"Of {total} bars: {counts[True]} met, {counts[False]} missed, {counts[None]} not measured.",
        "",
        *body,
        *sources({row.part for rows in SECTIONS.values() for row in rows}, parts, folders),
    ]
    (results / "playhouse.md").write_text("\n".join(page) + "\n")
    print(f"{results / 'playhouse.md'}: of {total} bars {counts[True]} met, {counts[False]} missed, {counts[None]} not measured")
    sys.exit(0 if counts[True] == total else 1)


main()
