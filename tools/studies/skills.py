"""The arms of skills.sh, their evaluations and their page.

Beside what arms.py keeps, an evaluation's results.json stays as ARM/SEED-WHAT.results.json, and the agent of 90 minutes as
ARM/SEED.policy/ (a checkpoint without what only training needs), so that this study, too, can be done on several days and
machines.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import shutil
import statistics
import sys
import tomllib
from collections.abc import Callable

from arms import QUICK_TIMED, Arm, Plan, calibrate, evaluate, keep, kept_of, outcomes, per_cent, rate, set_to, train
from figures import figure
from origin import origin, told, write_results

CONFIG = "configs/playhouse_skills.toml"
SUITES = {"playhouse-basics": 7, "playhouse-studio": 20, "playhouse-flat": 21}  # and their tasks
MINUTES = (10, 30, 90)
WARMUP_STEPS = 100  # the default of trainer.optimizer
UNASKED = Arm("unasked", "trained without language, 30 minutes", flags=("--no-language",), costs_like="minutes90")
GUIDANCE = (0, 0.5, 1, 2, 4)
KEY_TEMPERATURE = 1  # at 0.5, on development starts of an agent half trained, it stood before things more often
SINGLE = ("look at", "go to", "pick up")
# (suite, task): least success in per cent.
BARS = {**{("playhouse-basics", task): 97 for task in SINGLE},
        **{("playhouse-basics", f"{task}, unseen pairs"): 93 for task in ("go to", "pick up")},
        **{("playhouse-studio", task): 80 for task in ("put", "open", "switch", "push")},
        ("playhouse-studio", "sequence"): 50, ("playhouse-flat", "sequence"): 50, ("playhouse-flat", "rooms"): 50}
PAIRED_BAR = 20  # points, the lower bound of the difference to a control
HELD_OUT_SHARE = 0.9  # of the rate on what training asks for


def arm_of(minutes: int) -> Arm:
    return Arm(f"minutes{minutes}", f"{minutes} minutes on two cores", costs_like="" if minutes == MINUTES[-1] else "minutes90")


def fork_step(steps: int) -> int:
    """The last step that a run of so many steps has in common with longer ones."""
    optimizer = tomllib.loads(pathlib.Path(CONFIG).read_text())["trainer"]["optimizer"]
    return round(WARMUP_STEPS + (1 - optimizer["decay_share"]) * (steps - WARMUP_STEPS))


def guided(scale: float) -> str:
    return f"guided-{round(100 * scale)}"


def with_guidance(scale: float) -> tuple[str, ...]:
    return "--set", f"policy.guidance={scale}", "--set", f"policy.key_temperature={KEY_TEMPERATURE}"


class Study:
    def __init__(self, atoll: str, out: pathlib.Path, kept: pathlib.Path, minute_s: float, seeds: tuple[int, ...], episodes: int):
        self.atoll, self.out, self.kept, self.minute_s, self.seeds, self.episodes = atoll, out, kept, minute_s, seeds, episodes
        self.timed = (512, 1536) if minute_s >= 60 else QUICK_TIMED
        self.longest = arm_of(MINUTES[-1])

    def plan(self, minutes: float, starts: str = "held_out") -> Plan:
        """Of runs that have two threads and so many minutes of both."""
        return Plan(self.atoll, self.out, self.kept, CONFIG, minutes * self.minute_s * 2, self.seeds, (), 0, starts, 1, 2, self.timed)

    def kept_results(self, arm: Arm, seed: int, what: str) -> pathlib.Path:
        return self.kept / arm.name / f"{seed}-{what}.results.json"

    def few(self) -> int:  # starts of a task where a wide interval will do
        return min(100, self.episodes)

    def run(self) -> None:
        """The three agents, the one without language, and what they do. The shorter runs are forks of the longest: its
        learning rate falls at the end only, so that they are what runs of their length would be."""
        shared = {minutes: fork_step(calibrate(self.plan(minutes), self.longest)) for minutes in MINUTES[:-1]}
        self.longest = dataclasses.replace(self.longest, flags=set_to(trainer__keep_steps=list(shared.values())))
        for seed in self.seeds:
            self.learn_and_play(self.longest, MINUTES[-1], seed, self.episodes)
            for minutes, step in shared.items():
                shared_part = self.out / self.longest.name / str(seed) / f"checkpoint-{step:08}"  # gone where only what is kept is left
                fork = ("--fork", str(shared_part)) if shared_part.exists() else ()
                self.learn_and_play(dataclasses.replace(arm_of(minutes), flags=fork), minutes, seed, self.few())
            self.controls(seed)

    def learned(self, arm: Arm, minutes: int, seed: int) -> pathlib.Path:
        """The policy, trained if it is not there yet."""
        kept, run = self.kept / arm.name / f"{seed}.policy", self.out / arm.name / str(seed)
        if kept.exists():
            return kept
        train(self.plan(minutes), arm, seed)
        if minutes != MINUTES[-1]:
            return run
        return shutil.copytree(run / (run / "latest").read_text().strip(), kept, ignore=shutil.ignore_patterns("trainer.safetensors"))

    def learn_and_play(self, arm: Arm, minutes: int, seed: int, episodes: int) -> None:
        for suite, tasks in SUITES.items():
            self.play(arm, minutes, seed, suite, suite, episodes * tasks, lambda: ("--no-controls", *with_guidance(self.best_guidance(seed))))

    def controls(self, seed: int) -> None:
        for suite, tasks in SUITES.items():
            self.play(self.longest, MINUTES[-1], seed, f"{suite}-controls", suite, self.few() * tasks,
                      lambda: ("--no-language", str(self.learned(UNASKED, 30, seed)), *with_guidance(self.best_guidance(seed))))

    def best_guidance(self, seed: int) -> float:
        """What suits the agent of 90 minutes best, on development starts of the studio."""
        suite = "playhouse-studio"
        for scale in GUIDANCE:
            self.play(self.longest, MINUTES[-1], seed, guided(scale), suite, self.few() * SUITES[suite], lambda: ("--no-controls", *with_guidance(scale)),
                      starts="development")
        of_seed = dataclasses.replace(self.plan(0), seeds=(seed,))
        return max(GUIDANCE, key=lambda scale: statistics.fmean(outcomes(of_seed, self.longest, guided(scale))[seed].values()))

    def play(self, arm: Arm, minutes: int, seed: int, what: str, suite: str, episodes: int, flags: Callable[[], tuple[str, ...]],
             starts: str = "held_out") -> None:
        """One evaluation, unless it is kept."""
        kept, folder, plan = self.kept_results(arm, seed, what), self.out / arm.name / f"{seed}-{what}", self.plan(minutes, starts)
        if kept.exists():
            return
        evaluate(plan, self.learned(arm, minutes, seed), folder, suite, episodes, *flags())
        keep(plan, arm, seed, what)
        shutil.copy(folder / "results.json", kept)


# ---- The page.


def results_of(study: Study, arm: Arm, seed: int, what: str) -> dict:
    return json.loads(study.kept_results(arm, seed, what).read_text())


def of_task(study: Study, arm: Arm, suite: str, task: str) -> tuple[float, float, float]:
    plan = study.plan(0)
    return rate(outcomes(plan, arm, suite, lambda t: t == task))


def tasks_of(study: Study, suite: str) -> list[str]:
    rows = results_of(study, study.longest, study.seeds[0], suite)["rows"]
    return [row["task"] for row in rows if row["condition"] == "instructed" and row["task"] != "all"]


def least_difference(study: Study, suite: str, task: str) -> dict[str, dict]:
    """Instructed minus each control, of the seed where it is least."""
    found: dict[str, dict] = {}
    for seed in study.seeds:
        for row in results_of(study, study.longest, seed, f"{suite}-controls")["paired"]:
            if row["task"] == task and row["b"] in ("blank", "no_language") and (row["b"] not in found or row["low"] < found[row["b"]]["low"]):
                found[row["b"]] = row
    return found


def skill_rows(study: Study) -> list[dict]:
    rows = []
    for suite in SUITES:
        for task in tasks_of(study, suite):
            at = {minutes: of_task(study, arm_of(minutes), suite, task) for minutes in MINUTES}
            bar = BARS.get((suite, task))
            kind = task.partition(", unseen ")[2]
            if kind in ("pairs", "phrases") and bar is None:
                bar = 100 * HELD_OUT_SHARE * of_task(study, study.longest, suite, task.partition(",")[0])[0]
            rows.append({"suite": suite, "task": task, "at": at, "bar": bar, "differences": least_difference(study, suite, task),
                         "met": None if bar is None else 100 * at[MINUTES[-1]][0] >= bar})
    return rows


def points(row: dict | None) -> str:
    return "" if row is None else f"{100 * row['difference']:+.0f} [{100 * row['low']:+.0f} .. {100 * row['high']:+.0f}]"


def page_of(found: dict) -> str:
    lines = ["# What two cores learn in Playhouse", "", told(found), "",
             f"`{CONFIG}`, training seeds {', '.join(map(str, found['seeds']))}. Per cent of episodes on held-out starts with 95 % intervals over starts: "
             f"{found['episodes']} of each task for the agent of 90 minutes, else {found['few']}.",
             f"Guidance: {' and '.join(f'{g:g}' for g in found['guided'])}, chosen on development starts (below); keys drawn at temperature {KEY_TEMPERATURE}, the mouse at 0.5.",
             "Differences are paired, start by start, in points, of the training seed where they are least. A bar of unseen",
             "pairs and phrases without a bar of its own: 90 % of the rate on what training asks for.", ""]
    for suite in SUITES:
        lines += [f"## {suite}", "", "| task | 10 minutes | 30 minutes | 90 minutes | bar | met | less blank | less an agent without language |", "|---|---|---|---|---|---|---|---|"]
        for row in found["skills"]:
            if row["suite"] == suite:
                bar = "" if row["bar"] is None else f">= {row['bar']:.0f}"
                met = "" if row["met"] is None else "yes" if row["met"] else "**no**"
                lines.append(f"| {row['task']} | " + " | ".join(per_cent(row["at"][m]) for m in MINUTES) + f" | {bar} | {met} | "
                             + " | ".join(points(row["differences"].get(b)) for b in ("blank", "no_language")) + " |")
        lines.append("")
    lines += ["## Guidance", "", "The agent of 90 minutes in `playhouse-studio`, development starts.", "", "| lambda | success |", "|---|---|"]
    lines += [f"| {g['guidance']} | {per_cent(g['rate'])} |" for g in found["guidance"]]
    lines += ["", "## Goal head", "", "The agent of 90 minutes, held-out episodes, pictures close to success or far from it.", "",
              "| suite | seed | pictures | AUROC (>= .95) | calibration error (<= .05) |", "|---|---|---|---|---|"]
    lines += [f"| {g['suite']} | {g['seed']} | {g['pictures']:,} | {g['auroc']['value']:.3f} [{g['auroc']['low']:.3f} .. {g['auroc']['high']:.3f}] | "
              f"{g['calibration_error_mass']:.3f} |" for g in found["goal_head"]]
    return "\n".join(lines) + "\n"


def rate_figure(name: str, at: tuple[float, float, float], bar: float | None, n: int) -> dict:
    mean, low, high = (100 * v for v in at)
    return figure(name, mean, "%", low=low, high=high, n=n, bar=None if bar is None else f">= {bar:.0f} %", met=None if bar is None else mean >= bar)


def figures_of(found: dict) -> list[dict]:
    figures = [rate_figure(f"{row['suite']}: {row['task']}", row["at"][MINUTES[-1]], row["bar"], found["episodes"]) for row in found["skills"]]
    for row in found["skills"]:
        if "," not in row["task"]:
            for control, d in row["differences"].items():
                figures.append(figure(f"{row['suite']}: {row['task']}, less {control}, lower bound", 100 * d["low"], "points", n=found["few"],
                                      bar=f">= {PAIRED_BAR} points", met=100 * d["low"] >= PAIRED_BAR))
    for head in found["goal_head"]:
        area, error = head["auroc"], head["calibration_error_mass"]
        figures.append(figure(f"{head['suite']}: goal head, AUROC", area["value"], "", low=area["low"], high=area["high"], n=head["pictures"],
                              bar=">= .95", met=area["value"] >= 0.95))
        figures.append(figure(f"{head['suite']}: goal head, expected calibration error", error, "", n=head["pictures"], bar="<= .05", met=error <= 0.05))
    figures += [rate_figure(f"guidance {g['guidance']}, playhouse-studio", g["rate"], None, found["few"]) for g in found["guidance"]]
    return figures


def tell(study: Study, results: pathlib.Path, command: str) -> None:
    arm = study.longest
    by_guidance = [{"guidance": g, "rate": rate(outcomes(study.plan(0), arm, guided(g)))} for g in GUIDANCE]
    heads = [{"suite": suite, "seed": seed, **results_of(study, arm, seed, suite).get("goal_head", {}).get("clear", {})}
             for suite in SUITES for seed in study.seeds]
    found = {**origin(command), "seeds": study.seeds, "guided": sorted({study.best_guidance(seed) for seed in study.seeds}),
             "episodes": study.episodes, "few": study.few(), "skills": skill_rows(study), "guidance": by_guidance,
             "goal_head": [h for h in heads if "auroc" in h]}
    found["figures"] = figures_of(found)
    write_results(results, found, page_of(found))


def main() -> None:
    atoll, out, minute_s, seeds, episodes, results, command = sys.argv[1:]
    study = Study(atoll, pathlib.Path(out), kept_of(results, out), float(minute_s), tuple(map(int, seeds.split())), int(episodes))
    study.run()
    tell(study, pathlib.Path(results), command)


if __name__ == "__main__":
    main()
