"""The page and the figures of a study of arms (arms.py): groups of arms, each beside the first of its group."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import sys
from collections.abc import Callable

from arms import QUICK_TIMED, Arm, Plan, calibrate, difference, kept_file, outcomes, per_cent, rate, run
from figures import figure
from origin import origin, told, write_results

Groups = dict[str, list[Arm]]


@dataclasses.dataclass(frozen=True)
class Part:
    """What an arm is judged by: tasks of a suite of the plan."""

    name: str
    suite: str
    keep: Callable[[str], bool]  # by the task's name
    bars: dict[str, float] = dataclasses.field(default_factory=dict)  # of an arm: least success in per cent
    difference_bars: dict[str, float] = dataclasses.field(default_factory=dict)  # of an arm: least lower bound less the base, points


@dataclasses.dataclass(frozen=True)
class Page:
    title: str
    words: list[str]  # under the title; what a budget is, is said by itself
    parts: list[Part]


def row_of(plan: Plan, arm: Arm, base: Arm, parts: list[Part]) -> dict:
    row = {"arm": arm.name, "what": arm.what, "steps": calibrate(plan, arm)}
    for part in parts:
        mine, bases = (outcomes(plan, a, part.suite, part.keep) for a in (arm, base))
        row[part.name] = {"rate": rate(mine), "difference": None if arm is base else difference(mine, bases),
                          "seeds": [sum(seed.values()) / len(seed) for seed in mine.values()]}
    return row


def bar_figures(row: dict, part: Part, n: int) -> list[dict]:
    """What an arm reaches, in per cent, and what it brings over its base, in points."""
    found, what = row[part.name], f"{row['arm']} ({row['what']}), {part.name}"
    bar, least = part.bars.get(row["arm"]), part.difference_bars.get(row["arm"])
    mean, low, high = (100 * v for v in found["rate"])
    figures = []
    if found["difference"] is None or bar is not None:
        figures.append(figure(what, mean, "%", low=low, high=high, n=n, bar=None if bar is None else f">= {bar:.0f} %",
                              met=None if bar is None else mean >= bar))
    if found["difference"] is not None:
        mean, low, high = (100 * v for v in found["difference"])
        figures.append(figure(f"{what}, less the base", mean, "points", low=low, high=high, n=n,
                              bar=None if least is None else f"lower bound >= {least:.0f} points", met=None if least is None else low >= least))
    return figures


def page_of(page: Page, found: dict) -> str:
    lines = [f"# {page.title}", "", told(found), "", *page.words,
             f"Every run has {found['budget']}; training seeds {', '.join(map(str, found['seeds']))}; {found['episodes']} starts ({found['starts']}) of each suite.",
             "Per cent of episodes with 95 % intervals over starts (each start with all of its seeds); differences are paired, start by start.", ""]
    lines += [f"- Made {where}." for where in found["made"]] + [f"- {note}" for note in found["notes"]]
    for title, rows in found["groups"].items():
        lines += ["", f"## {title}", "", "| arm | what | steps | " + " | ".join(f"{p.name} | less the first | each seed" for p in page.parts) + " |",
                  "|---|---|---|" + "---|---|---|" * len(page.parts)]
        for row in rows:
            cells = []
            for part in page.parts:
                one = row[part.name]
                cells += [per_cent(one["rate"]), per_cent(one["difference"], "+") if one["difference"] else "", ", ".join(f"{100 * r:.0f}" for r in one["seeds"])]
            lines.append(f"| {row['arm']} | {row['what']} | {row['steps']:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def made(plan: Plan, arms: list[Arm]) -> list[str]:
    """When, at which commits and where the arms were judged."""
    files = [kept_file(plan, arm, seed, part) for arm in arms for seed in plan.seeds for part in plan.suites]
    return sorted({", ".join(json.loads(file.read_text())[key] for key in ("date", "commit", "machine")) for file in files if file.exists()})


def tell(plan: Plan, groups: Groups, page: Page, results: pathlib.Path, command: str, notes: list[str] | None = None) -> bool:
    """Writes results.json and README.md; whether all bars are met."""
    told_groups = {title: [row_of(plan, arm, arms[0], page.parts) for arm in arms] for title, arms in groups.items()}
    figures = [f for rows in told_groups.values() for row in rows for part in page.parts for f in bar_figures(row, part, plan.episodes)]
    budget = f"{plan.budget_s / 60 / plan.replicas:.0f} minutes of {'one core' if plan.replicas == 1 else f'{plan.replicas} cores'} in processor time"
    arms = [arm for group in groups.values() for arm in group]
    found = {**origin(command), "made": made(plan, arms), "budget": budget, "budget_s": plan.budget_s, "episodes": plan.episodes, "starts": plan.starts, "seeds": plan.seeds,
             "notes": notes or [], "groups": told_groups, "figures": figures}
    write_results(results, found, page_of(page, found))
    return all(f["met"] is not False for f in figures)


def run_and_tell(plan: Plan, groups: Groups, page: Page, only: str, results: str, command: str, notes: Callable[[], list[str]] = list) -> None:
    """Everything that is not there yet, of the arms in `only` if it names any; then the page, unless it did. Ends the program: 1 where a bar is missed."""
    if plan.budget_s < 60:  # a quick look
        plan = dataclasses.replace(plan, timed=QUICK_TIMED)
    arms = {arm.name: arm for of_group in groups.values() for arm in of_group}
    run(plan, [arm for arm in arms.values() if not only or arm.name in only.split()])
    if only:
        sys.exit(f"{plan.out} has {only}; without ARMS the rest is trained and the page is made")
    sys.exit(0 if tell(plan, groups, page, pathlib.Path(results), command, notes()) else 1)
