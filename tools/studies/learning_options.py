"""The arms of learning_options.sh, their recordings and their page."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import subprocess
import sys

from arms import Arm, Plan, calibrate, difference, outcomes, per_cent, rate, run
from origin import origin, told, write_results

SUITE = "playhouse-basics"
FAMILIES = ["look at", "go to", "pick up"]
FRESH, PLAIN = "configs/playhouse.toml", "configs/playhouse_plain.toml"
# A teacher whose hand is led astray this often fails some of its attempts.
SLOPPY_NOISE = 0.35
PARTS = {"seen pairs": lambda task: "," not in task, "unseen pairs": lambda task: "unseen pairs" in task}


def set_to(**values: object) -> tuple[str, ...]:
    """Flags: `trainer__data__mirror=0.5` is trainer.data.mirror."""
    return tuple(flag for key, value in values.items() for flag in ("--set", f"{key.replace('__', '.')}={json.dumps(value)}"))


def source(**values: object) -> tuple[str, ...]:
    return set_to(**{f"trainer__sources__0__{key}": value for key, value in values.items()})


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


def call(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def record(atoll: str, out: pathlib.Path, episodes: int, budget_s: float) -> None:
    """The recordings of the plain arms, each once: of the expert, of a sloppy one, and of takeovers from a weak agent."""
    tasks = [flag for family in FAMILIES for flag in ("--task", family)]

    def one(name: str, *flags: str) -> None:
        folder, unfinished = out / "recordings" / name, out / "recordings" / f"{name}.unfinished"
        if not folder.exists():
            call(["rm", "-rf", str(unfinished)])
            call([atoll, "record", "playhouse", *tasks, "--episodes", str(episodes), "--set", "record.video=false", *flags, "--out", str(unfinished)])
            unfinished.rename(folder)

    (out / "recordings").mkdir(parents=True, exist_ok=True)
    one("expert")
    one("sloppy", "--set", f"expert.noise={SLOPPY_NOISE}")
    weak = out / "weak"
    if not (weak / "done").exists():
        call(["rm", "-rf", str(weak)])
        steps = max(30, round(budget_s))  # some tenths of what an arm has
        call([atoll, "train", "--config", FRESH, "--set", "trainer.minutes=0", "--set", f"trainer.steps={steps}", *source(families=FAMILIES), "--out", str(weak)])
        (weak / "done").touch()
    one("takeover", "--player", f"takeover:{weak}")


def successes(recording: pathlib.Path) -> str:
    import atoll

    verdicts = [episode.verdict for episode in atoll.read_recording(recording).episodes]
    return f"{100 * verdicts.count('success') / len(verdicts):.0f} % of {len(verdicts):,} attempts succeeded"


def page_of(found: dict) -> str:
    lines = ["# What each option brings in Playhouse", "", told(found), "",
             f"Level `room`, {', '.join(FAMILIES)}, suite `{SUITE}` on development starts, {found['episodes']} of them for each arm and training seed",
             f"({len(found['seeds'])} seeds: {', '.join(map(str, found['seeds']))}). Every run has {found['budget_s'] / 60:.0f} minutes of one core's processor time. Per cent of",
             "episodes with 95 % intervals over starts (each start with all of its seeds); differences are paired, start by start.", ""]
    for name, text in found["recordings"].items():
        lines.append(f"Recording `{name}`: {text}.")
    for title, rows in found["groups"].items():
        lines += ["", f"## {title}", "", "| arm | what | steps | " + " | ".join(f"{p} | less base" for p in PARTS) + " | each seed, seen pairs |",
                  "|---|---|---|" + "---|---|" * len(PARTS) + "---|"]
        for row in rows:
            cells = []
            for part in PARTS:
                cells += [per_cent(row[part]["rate"]), per_cent(row[part]["difference"], "+") if row[part]["difference"] else ""]
            each = ", ".join(f"{100 * r:.0f}" for r in row["seen pairs"]["seeds"])
            lines.append(f"| {row['arm']} | {row['what']} | {row['steps']:,} | " + " | ".join(cells) + f" | {each} |")
    return "\n".join(lines) + "\n"


def tell(plan: Plan, groups: dict[str, list[Arm]], results: pathlib.Path, command: str) -> None:
    told_groups: dict[str, list[dict]] = {}
    for title, arms in groups.items():
        for arm in arms:
            row = {"arm": arm.name, "what": arm.what, "steps": calibrate(plan, arm)}
            for part, keep in PARTS.items():
                mine, base = (outcomes(plan, a, SUITE, keep) for a in (arm, arms[0]))
                row[part] = {"rate": rate(mine), "difference": None if arm is arms[0] else difference(mine, base),
                             "seeds": [sum(seed.values()) / len(seed) for seed in mine.values()]}
            told_groups.setdefault(title, []).append(row)
    recordings = {name: successes(plan.out / "recordings" / name) for name in ("expert", "sloppy", "takeover")}
    found = {**origin(command), "budget_s": plan.budget_s, "episodes": plan.episodes, "seeds": plan.seeds, "recordings": recordings, "groups": told_groups}
    write_results(results, found, page_of(found))


def main() -> None:
    atoll, folder, budget_s, seeds, episodes, recorded, only, results, command = sys.argv[1:]
    out = pathlib.Path(folder)
    record(atoll, out, int(recorded), float(budget_s))
    plan = Plan(atoll, out, FRESH, float(budget_s), tuple(map(int, seeds.split())), (SUITE,), int(episodes))
    if plan.budget_s < 60:
        plan = dataclasses.replace(plan, timed=(20, 60))
    groups = arms_of(out)
    run(plan, [arm for arms in groups.values() for arm in arms if not only or arm.name in only.split()])
    if only:
        print(f"{folder} has {only}; without ARMS the rest is trained and the page is made", file=sys.stderr)
    else:
        tell(plan, groups, pathlib.Path(results), command)


main()
