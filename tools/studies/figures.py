"""Results of studies that are figures beside bars: one list in results.json, one table in README.md."""

from __future__ import annotations

import pathlib
from typing import Any

from origin import origin, told, write_results

Figure = dict[str, Any]


def number(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def figure(
    name: str,
    value: float,
    unit: str,
    *,
    low: float | None = None,
    high: float | None = None,
    n: int | None = None,
    bar: str | None = None,
    met: bool | None = None,
) -> Figure:
    """`low` and `high`: spread or interval; `n`: of how many; `bar`: what was asked for, in words; `met`: whether it is.

    A figure without a bar is told for its own sake.
    """
    return {"name": name, "value": value, "unit": unit, "low": low, "high": high, "n": n, "bar": bar, "met": met}


def text_of(found: Figure) -> str:
    text = f"{number(found['value'])} {found['unit']}".rstrip()
    if found.get("low") is not None and found.get("high") is not None:
        text += f" [{number(found['low'])} .. {number(found['high'])}]"
    if found.get("n") is not None:
        text += f", n = {found['n']:,}"
    return text


def write_figures(folder: str, command: str, title: str, words: str, figures: list[Figure], **more: Any) -> bool:
    """Writes results.json and README.md and prints the page; returns whether all bars are met.

    `words` stand under the title; `more` is kept in results.json beside the figures.
    """
    found = {**origin(command), "figures": figures, **more}
    lines = [f"# {title}", "", told(found), "", words, "", "| what | measured | bar | |", "|---|---|---|---|"]
    for one in figures:
        mark = "" if one.get("met") is None else "met" if one["met"] else "**missed**"
        lines.append(f"| {one['name']} | {text_of(one)} | {one.get('bar') or ''} | {mark} |")
    write_results(pathlib.Path(folder), found, "\n".join(lines) + "\n")
    return all(one["met"] is not False for one in figures)
