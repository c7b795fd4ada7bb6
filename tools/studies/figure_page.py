"""Studies whose parts tell figures beside bars (figures.py): the newest of all parts on one page."""

import collections
import pathlib

from figures import text_of
from parts import Folders, Parts, load_parts, sources


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


def write_page(results: pathlib.Path, name: str, title: str, sections: dict[str, list[str]]) -> int:
    """RESULTS/NAME.md from RESULTS/DATE-PART/; NAME.sh measures the parts. Returns 1 if a bar is not met or not measured, else 0."""
    folders, parts = load_parts(results)
    counts: collections.Counter = collections.Counter()
    body: list[str] = []
    for section, names in sections.items():
        body += [f"## {section}", "", *table(names, parts, folders, counts), ""]
    total = sum(counts.values())
    page = [
        f"# {title}, every number beside its bar",
        "",
        f"Made by `tools/studies/{name}.sh`, which measures parts anew or shows what was measured last; the table at the end "
        "tells with which command, when, at which commit and on which machine. A row without a bar is told for its own "
        "sake.",
        "",
        *(["**Small numbers, to see that it all works: these are no measurements.**", ""] if results.name == "quick" else []),
        f"Of {total} bars: {counts[True]} met, {counts[False]} missed, {counts[None]} not measured.",
        "",
        *body,
        *sources([part for names in sections.values() for part in names], parts, folders),
    ]
    (results / f"{name}.md").write_text("\n".join(page) + "\n")
    print(f"{results / name}.md: of {total} bars {counts[True]} met, {counts[False]} missed, {counts[None]} not measured")
    return 0 if counts[True] == total else 1
