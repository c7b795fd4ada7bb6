"""The arms of pretraining.sh and their page."""

from __future__ import annotations

import sys

from arm_page import Page, Part, run_and_tell
from arms import Arm, plan_of, set_to, source

SUITE, CONFIG = "playhouse-basics", "configs/playhouse.toml"
FAMILIES = ["look at", "go to", "pick up"]
PAGE = Page("What published weights bring", [f"Level `room`, {', '.join(FAMILIES)}, fresh episodes of the expert."],
            [Part("seen pairs", SUITE, lambda task: "," not in task), Part("unseen pairs", SUITE, lambda task: "unseen pairs" in task),
             Part("unseen phrases", SUITE, lambda task: "unseen phrases" in task)])


def arms_of() -> dict[str, list[Arm]]:
    def arm(name: str, what: str, costs_like: str = "", *more: str, **values: object) -> Arm:
        return Arm(name, what, flags=(*source(families=FAMILIES), *set_to(**values), *more), costs_like=costs_like)

    image = {"agent__model__encoder": "efficientnet_lite0", "agent__model__encoder_trained_blocks": -1}
    fine = arm("image", "EfficientNet-Lite0, published weights, all of it trained on", **image)
    scratch = arm("image_random", "the same from random weights", "image", "--no-pretraining", **image)
    own = arm("own", "convolutions and words from scratch")
    words = arm("words", "MiniLM for words, convolutions from scratch", agent__model__text="minilm")
    return {
        "Image encoder: the same one with and without its weights, equal in time and steps": [scratch, fine],
        "Equal time": [own, fine, arm("image_frozen", "EfficientNet-Lite0, published weights, frozen", agent__model__encoder="efficientnet_lite0"), words],
        "Equal steps": [arm("own_few", "convolutions and words from scratch", "image"), fine,
                        arm("words_few", "MiniLM for words, convolutions from scratch", "image", agent__model__text="minilm")],
    }


def main() -> None:
    atoll, folder, budget_s, seeds, episodes, only, results, command = sys.argv[1:]
    plan = plan_of(atoll, folder, results, budget_s, seeds, episodes, CONFIG, SUITE)
    run_and_tell(plan, arms_of(), PAGE, only, results, command)


main()
