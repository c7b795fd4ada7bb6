"""The arms of memory.sh and their page."""

from __future__ import annotations

import sys

from arm_page import Page, Part, run_and_tell
from arms import Arm, plan_of, set_to, source

SUITE, CONFIG = "playhouse-memory", "configs/playhouse.toml"
FAMILIES = ["look at", "go to", "pick up", "go back", "seen first"]
LEAST = {"memory": 20.0}  # points, the lower bound
PAGE = Page("What memory brings", ["Level `memory`: of two things with one name a player without memory takes the right one half of the time."],
            [Part(task, SUITE, lambda name, task=task: name == task, difference_bars=LEAST) for task in ("go back", "seen first")]
            + [Part("unseen pairs", SUITE, lambda name: "unseen pairs" in name), Part("unseen phrases", SUITE, lambda name: "unseen phrases" in name)])
# Windows of 24 policy steps, 6.4 s, and a memory of as many.
MEMORY = set_to(agent__model__memory_steps=24, trainer__data__window=24, trainer__batch=8)


def main() -> None:
    atoll, folder, budget_s, seeds, episodes, only, results, command = sys.argv[1:]
    level = (*source(world="playhouse/memory", families=FAMILIES), *set_to(agent__model__max_words=48))
    arms = [Arm("none", "no memory", flags=level), Arm("memory", "24 policy steps remembered", flags=(*level, *MEMORY))]
    plan = plan_of(atoll, folder, results, budget_s, seeds, episodes, CONFIG, SUITE, starts="held_out", cores=1, replicas=2)
    run_and_tell(plan, {"Two cores": arms}, PAGE, only, results, command)


main()
