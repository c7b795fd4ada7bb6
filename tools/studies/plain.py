"""The arms of plain.sh and their page."""

from __future__ import annotations

import pathlib
import sys

from arm_page import Page, Part, run_and_tell
from arms import Arm, plan_of, record_once, set_to, source

SUITE, CONFIG = "playhouse-basics", "configs/playhouse_plain.toml"
FAMILIES = ["look at", "go to", "pick up"]
PAGE = Page("What recordings alone teach", [f"Level `room`, {', '.join(FAMILIES)}, recordings of the expert: frames, actions, an instruction and a success mark."],
            [Part("seen pairs", SUITE, lambda task: "," not in task, bars={"plain": 94}),
             Part("unseen pairs", SUITE, lambda task: "unseen pairs" in task, bars={"plain": 88}),
             Part("unseen phrases", SUITE, lambda task: "unseen phrases" in task)])
NO_GOAL_FRAMES = set_to(trainer__loss__window=0.0, trainer__loss__contrast=0.0, trainer__loss__hindsight=0.0, trainer__loss__carried=0.0,
                        trainer__loss__least_word_after=0, trainer__data__goal_frame_share=0.0)


def main() -> None:
    atoll, folder, budget_s, seeds, episodes, recorded, only, results, command = sys.argv[1:]
    recording = pathlib.Path(folder) / "recording"
    record_once(atoll, recording, int(recorded), *(flag for family in FAMILIES for flag in ("--task", family)))
    read = source(recordings=[str(recording)], families=FAMILIES)
    arms = [Arm("plain", "goal-frame grounding", flags=read), Arm("action", "the action loss alone", flags=(*read, *NO_GOAL_FRAMES))]
    plan = plan_of(atoll, folder, results, budget_s, seeds, episodes, CONFIG, SUITE, starts="held_out", cores=1, replicas=2)
    run_and_tell(plan, {"Two cores": arms}, PAGE, only, results, command)


main()
