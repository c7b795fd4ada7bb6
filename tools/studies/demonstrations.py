"""The arms of demonstrations.sh and their page."""

from __future__ import annotations

import pathlib
import sys

from arm_page import Page, Part, run_and_tell
from arms import Arm, plan_of, record_once, source

SUITE, CONFIG = "playhouse-basics", "configs/playhouse.toml"
FAMILIES = ["look at", "go to", "pick up"]
COUNTS = (300, 1000, 3000, 10000)
QUICK_COUNT = 20  # of each part, for a quick look
PAGE = Page("What more demonstrations bring", [f"Level `room`, {', '.join(FAMILIES)}, recorded episodes of the expert, relabelled."],
            [Part("seen pairs", SUITE, lambda task: "," not in task), Part("unseen pairs", SUITE, lambda task: "unseen pairs" in task),
             Part("unseen phrases", SUITE, lambda task: "unseen phrases" in task)])


def arms_of(atoll: str, out: pathlib.Path, quick: bool) -> list[Arm]:
    """Records what they learn from, too: each what the smaller ones have not."""
    arms, paths, before = [], [], 0
    for count in COUNTS:
        folder = out / "recordings" / f"{before}-{count}"
        tasks = (flag for family in FAMILIES for flag in ("--task", family))
        record_once(atoll, folder, QUICK_COUNT if quick else count - before, *tasks, "--seed", str(before))
        paths, before = [*paths, str(folder)], count
        arms.append(Arm(f"recorded{count}", f"{count:,} recorded", flags=source(kind="replay", recordings=paths, families=FAMILIES),
                        costs_like="" if count == COUNTS[0] else f"recorded{COUNTS[0]}"))
    return [*arms, Arm("fresh", "fresh ones without end", flags=source(families=FAMILIES))]


def main() -> None:
    atoll, folder, budget_s, seeds, episodes, only, results, command = sys.argv[1:]
    plan = plan_of(atoll, folder, results, budget_s, seeds, episodes, CONFIG, SUITE, starts="held_out")
    arms = arms_of(atoll, plan.out, quick=plan.budget_s < 60)
    run_and_tell(plan, {"One core": arms}, PAGE, only, results, command)


main()
