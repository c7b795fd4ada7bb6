"""Training studies: arms that differ in one thing, trained from several seeds on equal budgets, judged on equal starts.

A budget is processor time, not wall time: a study may run beside other work, for days if need be, and every arm still
gets the same. What a step of an arm costs is measured once (`calibrate`); the budget then becomes a number of steps.
What is there already is left as it is, and a run that was stopped goes on, so that a study that was stopped goes on.

OUT holds, for each arm and seed, ARM/SEED/ (a run) and ARM/SEED-SUITE/ (its evaluation). What is left of them lies in
results/arms/STUDY/, small enough for the tree: ARM/steps.json (seconds of a step) and ARM/SEED-SUITE.json (which starts
succeeded). A run whose outcomes lie there is not made again, so that a study can be done on several days and machines.
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

from origin import machine, origin


QUICK_TIMED = (60, 120)  # Plan.timed of a quick look: just past the warm-up, which no run is shorter than


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
    kept: pathlib.Path  # what is left of it
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


def kept_of(results: str, out: str) -> pathlib.Path:
    """Plan.kept of a study that writes RESULTS/DATE-NAME; of a quick look, its OUT."""
    folder = pathlib.Path(results)
    return pathlib.Path(out) if folder.parent.name == "quick" else folder.parent / "arms" / folder.name[11:]


def plan_of(atoll: str, out: str, results: str, budget_s: str, seeds: str, episodes: str, config: str, suite: str, **more: object) -> Plan:
    """From the arguments of a study's script."""
    return Plan(atoll, pathlib.Path(out), kept_of(results, out), config, float(budget_s), tuple(map(int, seeds.split())), (suite,), int(episodes), **more)


def calibrate(plan: Plan, arm: Arm) -> int:
    """Steps that the budget pays for, from what a step costs once all threads are at work."""
    like = arm.costs_like or arm.name
    known = plan.kept / like / "steps.json"
    if known.exists():
        return paid_steps(plan, json.loads(known.read_text())["step_s"])
    first, last = plan.timed
    with tempfile.TemporaryDirectory() as scratch:
        out = pathlib.Path(scratch) / "run"
        processor_time(train_command(plan, arm, 99, last, out), plan.out / like / "calibration.log")
        lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    laps = [line for line in lines if line["part"] == "training"]
    used = [b["cores_busy"] * (b["wall_s"] - a["wall_s"]) for a, b in zip(laps, laps[1:]) if b["step"] > first]
    steps_timed = laps[-1]["step"] - max(lap["step"] for lap in laps if lap["step"] <= first)
    step_s = sum(used) / steps_timed
    known.parent.mkdir(parents=True, exist_ok=True)
    known.write_text(json.dumps({"step_s": step_s, "machine": machine()}) + "\n")
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
    out = plan.out / arm.name / f"{seed}-{pathlib.Path(suite).stem}"
    evaluate(plan, plan.out / arm.name / str(seed), out, suite, plan.episodes, "--no-controls", "--threads", "1")
    keep(plan, arm, seed, suite)


def kept_file(plan: Plan, arm: Arm, seed: int, suite: str) -> pathlib.Path:
    return plan.kept / arm.name / f"{seed}-{pathlib.Path(suite).stem}.json"


def keep(plan: Plan, arm: Arm, seed: int, suite: str) -> None:
    """Of an evaluation, what the tables need: of each task the starts in their order, 1 for success."""
    file = kept_file(plan, arm, seed, suite)
    evaluation = plan.out / arm.name / f"{seed}-{pathlib.Path(suite).stem}"
    tasks: dict[str, dict[int, bool]] = {}
    for line in (evaluation / "episodes.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["condition"] == "instructed":
            tasks.setdefault(row["task"], {})[row["index"]] = row["success"]
    told = {task: "".join(str(int(found[index])) for index in range(len(found))) for task, found in tasks.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    where = {key: value for key, value in origin("").items() if key != "command"}
    file.write_text(json.dumps({**where, "steps": calibrate(plan, arm), "outcomes": told}, indent=1) + "\n")


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
        if all(kept_file(plan, arm, seed, suite).exists() for suite in plan.suites):
            return
        train(plan, arm, seed)
        for suite in plan.suites:
            judge(plan, arm, seed, suite)
        print(f"{arm.name}, seed {seed}: done", file=sys.stderr, flush=True)

    with concurrent.futures.ThreadPoolExecutor(plan.cores) as pool:
        list(pool.map(lambda arm: calibrate(plan, arm), [arm for arm in arms if not arm.costs_like]))
        list(pool.map(lambda job: one(*job), [(arm, seed) for seed in plan.seeds for arm in arms]))


Start = tuple[str, int]


def outcomes(plan: Plan, arm: Arm, suite: str, wanted: Callable[[str], bool] = lambda task: True) -> dict[int, dict[Start, bool]]:
    """Of each seed: whether each start (task, index) succeeded."""
    found: dict[int, dict[Start, bool]] = {}
    for seed in plan.seeds:
        file = kept_file(plan, arm, seed, suite)
        if file.exists():
            tasks = json.loads(file.read_text())["outcomes"]
            found[seed] = {(task, index): hit == "1" for task, hits in tasks.items() if wanted(task) for index, hit in enumerate(hits)}
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
