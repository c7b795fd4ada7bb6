"""The arms of learning_options.sh, their recordings and their page."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys

from arm_page import Page, Part, run_and_tell
from arms import Arm, plan_of, record_once, set_to, source

SUITE = "playhouse-basics"
FAMILIES = ["look at", "go to", "pick up"]
FRESH, PLAIN = "configs/playhouse.toml", "configs/playhouse_plain.toml"
# A teacher whose hand is led astray this often fails some of its attempts.
SLOPPY_NOISE = 0.35
PAGE = Page("What each option brings in Playhouse", [f"Level `room`, {', '.join(FAMILIES)}."],
            [Part("seen pairs", SUITE, lambda task: "," not in task), Part("unseen pairs", SUITE, lambda task: "unseen pairs" in task)])


def arms_of(out: pathlib.Path) -> dict[str, list[Arm]]:
    """Of each base, the first of its list, the arms that differ from it in one thing."""
    fresh = source(families=FAMILIES)

    def plain(recording: str, **values: object) -> tuple[str, ...]:
        return (*source(recordings=[str(out / "recordings" / recording)], families=FAMILIES), *set_to(**values))

    return {
        "Fresh episodes of the expert, relabelled": [
            Arm("base", "noise 0.05, detours 0.1, language dropout 0.1", FRESH, fresh),
            Arm("clean", "the expert without noise and detours (no DART)", FRESH, (*fresh, *source(noise=0.0, detour=0.0)), "base"),
            Arm("dagger", "DAgger: 100 episodes of the agent every 1,000 steps", FRESH, (*fresh, *set_to(trainer__dagger__every=1000, trainer__dagger__episodes=100))),
            Arm("idle", "idle pictures: a fifth kept", FRESH, (*fresh, *set_to(trainer__data__idle_keep=0.2)), "base"),
            Arm("balance", "rare actions count more: balance 0.5", FRESH, (*fresh, *set_to(trainer__loss__balance=0.5)), "base"),
            Arm("jitter", "delay jitter of a step", FRESH, (*fresh, *set_to(trainer__data__jitter_steps=1)), "base"),
            Arm("on_its_way", "actions that are on their way are seen", FRESH, (*fresh, *set_to(agent__model__past_actions=1)), "base"),
            Arm("mirror", "half of the examples in a mirror", FRESH, (*fresh, *set_to(trainer__data__mirror=0.5)), "base"),
            Arm("colours", "brightness 0.15, saturation 0.2, hue 8 degrees", FRESH,
                (*fresh, *set_to(trainer__data__brightness=0.15, trainer__data__saturation=0.2, trainer__data__hue_deg=8.0)), "base"),
            Arm("all_told", "no language dropout", FRESH, (*fresh, *set_to(trainer__loss__language_dropout=0.0)), "base"),
            Arm("fp32", "single precision: fewer steps in the same time", FRESH, (*fresh, *set_to(trainer__precision="fp32"))),
        ],
        "Plain recordings of the expert": [
            Arm("plain", "goal-frame grounding", PLAIN, plain("expert")),
            Arm("plain_action", "the action loss alone, no goal frames", PLAIN,
                plain("expert", trainer__loss__window=0.0, trainer__loss__contrast=0.0, trainer__loss__hindsight=0.0, trainer__loss__carried=0.0,
                      trainer__loss__least_word_after=0, trainer__data__goal_frame_share=0.0)),
            Arm("plain_mirror", "half of the examples in a mirror", PLAIN, plain("expert", trainer__data__mirror=0.5), "plain"),
            Arm("plain_balance", "rare actions count more: balance 0.5", PLAIN, plain("expert", trainer__loss__balance=0.5), "plain"),
        ],
        "Plain recordings of a sloppy teacher": [
            Arm("sloppy", "failed attempts are left out", PLAIN, plain("sloppy"), "plain"),
            Arm("sloppy_all", "failed attempts are learned from, too", PLAIN, (*plain("sloppy"), *source(success_only=False)), "plain"),
        ],
        "Plain recordings in which the expert takes over from an agent": [
            Arm("takeover", "corrections count as all else", PLAIN, plain("takeover"), "plain"),
            Arm("takeover_4", "corrections count four times", PLAIN, (*plain("takeover"), *source(intervention=4.0)), "plain"),
        ],
    }


def record(atoll: str, out: pathlib.Path, episodes: int, budget_s: float) -> None:
    """The recordings of the plain arms, each once: of the expert, of a sloppy one, and of takeovers from a weak agent."""
    tasks = [flag for family in FAMILIES for flag in ("--task", family)]

    def one(name: str, *flags: str) -> None:
        record_once(atoll, out / "recordings" / name, episodes, *tasks, *flags)

    one("expert")
    one("sloppy", "--set", f"expert.noise={SLOPPY_NOISE}")
    weak = out / "weak"
    if not (weak / "done").exists():
        shutil.rmtree(weak, ignore_errors=True)
        steps = max(30, round(budget_s))  # some tenths of what an arm has
        subprocess.run([atoll, "train", "--config", FRESH, "--set", "trainer.minutes=0", "--set", f"trainer.steps={steps}", *source(families=FAMILIES), "--out", str(weak)],
                       check=True, stdout=subprocess.DEVNULL)
        (weak / "done").touch()
    one("takeover", "--player", f"takeover:{weak}")


def successes(recording: pathlib.Path) -> str:
    import atoll

    verdicts = [episode.verdict for episode in atoll.read_recording(recording).episodes]
    return f"{100 * verdicts.count('success') / len(verdicts):.0f} % of {len(verdicts):,} attempts succeeded"


def main() -> None:
    atoll, folder, budget_s, seeds, episodes, recorded, only, results, command = sys.argv[1:]
    out = pathlib.Path(folder)
    record(atoll, out, int(recorded), float(budget_s))
    plan = plan_of(atoll, folder, results, budget_s, seeds, episodes, FRESH, SUITE)
    run_and_tell(plan, arms_of(out), PAGE, only, results, command,
                 lambda: [f"Recording `{name}`: {successes(out / 'recordings' / name)}." for name in ("expert", "sloppy", "takeover")])


main()
