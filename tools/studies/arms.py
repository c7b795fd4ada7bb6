"""Training studies: arms that differ in one thing, trained from several seeds on equal budgets, judged on equal starts.

A budget is processor time, not wall time: a study may run beside other work, for days if need be, and every arm still
gets the same. What a step of an arm costs is measured once (`calibrate`); the budget then becomes a number of steps.
What is there already is left as it is, and a run that was stopped goes on, so that a study that was stopped goes on.

OUT holds, for each arm, ARM/steps.json (seconds of a step), and for each seed ARM/SEED/ (a run) and ARM/SEED-SUITE/ (its
evaluation).
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable


@dataclasses.dataclass(frozen=True)
class Arm:
    name: str
    what: str  # in words, for the table
    config: str = ""  # empty: the study's
    flags: tuple[str, ...] = ()  # of atoll train
    costs_like: str = ""  # the arm that it has as many steps as; empty: as many as its own pay for


@dataclasses.dataclass(frozen=True)
class Plan:
    atoll: str
    out: pathlib.Path
    config: str
    budget_s: float  # processor time of one training run
    seeds: tuple[int, ...]
    suites: tuple[str, ...]  # names or files
    episodes: int  # of each suite
    starts: str = "development"
    cores: int = 2  # runs at a time
    replicas: int = 1  # threads that learn in each run
    timed: tuple[int, int] = (512, 1536)  # the steps between which costs are measured: whole blocks of examples


def set_to(**values: object) -> tuple[str, ...]:
    """Flags: `trainer__data__mirror=0.5` is trainer.data.mirror."""
    return tuple(flag for key, value in values.items() for flag in ("--set", f"{key.replace('__', '.')}={json.dumps(value)}"))


def source(**values: object) -> tuple[str, ...]:
    return set_to(**{f"trainer__sources__0__{key}": value for key, value in values.items()})


def processor_time(command: list[str], log: pathlib.Path) -> float:
    """Runs it; seconds of processor time. Raises with the log's end if it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        child = subprocess.Popen(command, stdout=file, stderr=file)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}:\n{end}")
    return used.ru_utime + used.ru_stime


def record_once(atoll: str, folder: pathlib.Path, episodes: int, *flags: str) -> None:
    """Playhouse's expert, without video, unless the folder is there already."""
    if folder.exists():
        return
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([atoll, "record", "playhouse", "--episodes", str(episodes), "--set", "record.video=false", *flags, "--out", str(unfinished)],
                   check=True, stdout=subprocess.DEVNULL)
    unfinished.rename(folder)


def train_command(plan: Plan, arm: Arm, seed: int, steps: int, out: pathlib.Path) -> list[str]:
    return [plan.atoll, "train", "--config", arm.config or plan.config, "--set", "trainer.minutes=0", "--set", f"trainer.steps={steps}",
            "--set", f"trainer.replicas={plan.replicas}", *arm.flags, "--seed", str(seed), "--out", str(out)]


def calibrate(plan: Plan, arm: Arm) -> int:
    """Steps that the budget pays for, from what a step costs once all threads are at work."""
    known = plan.out / (arm.costs_like or arm.name) / "steps.json"
    if known.exists():
        return paid_steps(plan, json.loads(known.read_text())["step_s"])
    first, last = plan.timed
    with tempfile.TemporaryDirectory() as scratch:
        out = pathlib.Path(scratch) / "run"
        processor_time(train_command(plan, arm, 99, last, out), known.parent / "calibration.log")
        lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    laps = [line for line in lines if line["part"] == "training"]
    used = [b["cores_busy"] * (b["wall_s"] - a["wall_s"]) for a, b in zip(laps, laps[1:]) if b["step"] > first]
    steps_timed = laps[-1]["step"] - max(lap["step"] for lap in laps if lap["step"] <= first)
    step_s = sum(used) / steps_timed
    known.write_text(json.dumps({"step_s": step_s}) + "\n")
    return paid_steps(plan, step_s)


def paid_steps(plan: Plan, step_s: float) -> int:
    return max(plan.timed[1], round(plan.budget_s / step_s))


def train(plan: Plan, arm: Arm, seed: int) -> None:
    run, done = plan.out / arm.name / str(seed), plan.out / arm.name / f"{seed}.done"
    if done.exists():
        return
    log = plan.out / arm.name / f"{seed}.log"
    if (run / "latest").exists():
        command = [plan.atoll, "train", "--resume", "--out", str(run)]
    else:
        shutil.rmtree(run, ignore_errors=True)
        command = train_command(plan, arm, seed, calibrate(plan, arm), run)
    used = processor_time(command, log)
    if "stopped and saved" in log.read_text(errors="replace").splitlines()[-1]:
        raise KeyboardInterrupt
    done.write_text(json.dumps({"processor_s": used}) + "\n")


def judge(plan: Plan, arm: Arm, seed: int, suite: str) -> None:
    evaluate(plan, plan.out / arm.name / str(seed), plan.out / arm.name / f"{seed}-{pathlib.Path(suite).stem}", suite, plan.episodes, "--no-controls",
             "--threads", "1")


def evaluate(plan: Plan, policy: pathlib.Path, out: pathlib.Path, suite: str, episodes: int, *flags: str) -> None:
    if (out / "results.json").exists():
        return
    shutil.rmtree(out, ignore_errors=True)
    processor_time([plan.atoll, "eval", "--suite", suite, "--seeds", plan.starts, "--policy", str(policy), "--episodes", str(episodes), "--no-videos",
                    *flags, "--out", str(out)], out.with_suffix(".log"))


def run(plan: Plan, arms: Iterable[Arm]) -> None:
    """Everything that is not there yet, `cores` at a time. Seed by seed, so that all arms have one before any has two."""
    arms = list(arms)

    def one(arm: Arm, seed: int) -> None:
        train(plan, arm, seed)
        for suite in plan.suites:
            judge(plan, arm, seed, suite)
        print(f"{arm.name}, seed {seed}: done", file=sys.stderr, flush=True)

    with concurrent.futures.ThreadPoolExecutor(plan.cores) as pool:
        list(pool.map(lambda arm: calibrate(plan, arm), [arm for arm in arms if not arm.costs_like]))
        list(pool.map(lambda job: one(*job), [(arm, seed) for seed in plan.seeds for arm in arms]))


Start = tuple[str, int]


def outcomes(plan: Plan, arm: Arm, suite: str, keep: Callable[[str], bool] = lambda task: True) -> dict[int, dict[Start, bool]]:
    """Of each seed: whether each start (task, index) succeeded."""
    found: dict[int, dict[Start, bool]] = {}
    for seed in plan.seeds:
        file = plan.out / arm.name / f"{seed}-{pathlib.Path(suite).stem}" / "episodes.jsonl"
        if file.exists():
            rows = [json.loads(line) for line in file.read_text().splitlines()]
            found[seed] = {(r["task"], r["index"]): r["success"] for r in rows if r["condition"] == "instructed" and keep(r["task"])}
    return found


def rate(of_seeds: dict[int, dict[Start, bool]]) -> tuple[float, float, float]:
    """Mean over seeds and starts with its 95 % interval, starts drawn anew with all their seeds (bootstrap)."""
    return interval([statistics.fmean(seed[start] for seed in of_seeds.values()) for start in common(of_seeds)])


def difference(of_arm: dict[int, dict[Start, bool]], of_base: dict[int, dict[Start, bool]]) -> tuple[float, float, float]:
    """The same of arm minus base, start by start, over the seeds that both have."""
    seeds = sorted(of_arm.keys() & of_base.keys())
    starts = common({i: part for i, part in enumerate([*(of_arm[s] for s in seeds), *(of_base[s] for s in seeds)])})
    return interval([statistics.fmean(of_arm[s][start] - of_base[s][start] for s in seeds) for start in starts])


def common(of_seeds: dict[int, dict[Start, bool]]) -> list[Start]:
    return sorted(set.intersection(*(set(seed) for seed in of_seeds.values())))


def interval(values: list[float], draws: int = 2000) -> tuple[float, float, float]:
    draw = random.Random(1)
    means = sorted(statistics.fmean(draw.choices(values, k=len(values))) for _ in range(draws))
    return statistics.fmean(values), means[int(0.025 * draws)], means[int(0.975 * draws) - 1]


def per_cent(value: tuple[float, float, float], sign: str = "") -> str:
    mean, low, high = (100 * v for v in value)
    return f"{mean:{sign}.1f} [{low:{sign}.1f} .. {high:{sign}.1f}]"
