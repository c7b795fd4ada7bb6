"""Trains, evaluates and compares the agents of generalist.sh.

generalist.py ATOLL OUT DOOM MINETEST MINUTES SEED STEPPED LIVE RESULTS COMMAND; STEPPED: starts of Playhouse's suite, LIVE:
of each instruction of the games' suites. OUT holds ARM/ as arms.py has it, and ARM/SEED-SUITE/, an evaluation, for each
suite that the arm plays; comparison/ is what `atoll eval --compare` makes of them.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys

from arms import QUICK_TIMED, Arm, Plan, calibrate, evaluate, kept_of, set_to, train
from figures import Figure, figure, write_figures
from game_live import GAMES, rows_of

CONFIG = "configs/generalist.toml"
PLAYHOUSE = "playhouse-basics"
GAMES_AT_A_TIME = 3
LEFT_OUT = "minetest"
WORDS = """The same architecture, contract and config, on equal processor time: {minutes:g} minutes a run, the recordings decoded
before. A score relative to the specialist is the generalist's success over that of the agent which spent all
of its time in that world (100 %); the mean weighs each world the same. `zero-shot` learned in Playhouse and Doom alone and
plays Minetest. Playhouse: `{playhouse}`, {stepped} starts, stepped. Doom and Minetest: `{doom}` and `{minetest}`, {live} starts an
instruction, live; guidance {guidance_doom:g} and {guidance_minetest:g}. Held-out starts; intervals are 95 % (of a difference, paired by start). One training seed."""


@dataclasses.dataclass(frozen=True)
class Flags:
    minutes: float
    seed: int
    stepped: int
    live: int


def recordings_in(doom: pathlib.Path, minetest: pathlib.Path) -> tuple[list[str], list[str]]:
    """What the live studies have recorded; ends the program where they have not."""
    demos = [doom / "demos" / "dataset.toml"] if (doom / "demos" / "dataset.toml").exists() else [one for one in [doom / "one"] if one.exists()]
    parts = [part.parent for part in sorted((minetest / "recordings").glob("*/session.mcap")) if not part.parent.name.endswith(".unfinished")]
    for found, folder, study in ((demos, doom, "doom_live"), (parts, minetest, "minetest_live")):
        if not found:
            sys.exit(f"{folder} has no recordings; run tools/studies/{study}.sh first, or name the folder that it had")
    return [str(one) for one in demos], [str(one) for one in parts]


def arms_of(plan: Plan, doom: pathlib.Path, minetest: pathlib.Path) -> dict[str, Arm]:
    out, (demos, parts) = plan.out, recordings_in(doom, minetest)
    read = set_to(trainer__sources__1__recordings=demos, trainer__sources__1__cache=str(out / "doom.cache"),
                  trainer__sources__2__recordings=parts, trainer__sources__2__cache=str(out / "minetest.cache"))
    if is_quick(plan):  # too few episodes to keep some apart
        read += set_to(trainer__sources__1__development=0, trainer__sources__2__development=0)
    worlds = ["playhouse", "doom", "minetest"]
    arms = [Arm("generalist", "all three worlds", flags=read)]
    arms += [Arm(f"specialist-{world}", f"{world} alone", flags=(*read, "--specialist", world)) for world in worlds]
    arms += [Arm("zero-shot", f"all but {LEFT_OUT}", flags=(*read, "--leave-out", LEFT_OUT))]
    return {arm.name: arm for arm in arms}


def is_quick(plan: Plan) -> bool:
    return plan.budget_s < 60


def suite_of(world: str) -> str:
    return GAMES[world].suite if world in GAMES else PLAYHOUSE


def evaluation_of(plan: Plan, arm: str, world: str) -> pathlib.Path:
    return plan.out / arm / f"{plan.seeds[0]}-{suite_of(world)}"


def play_live(plan: Plan, arm: str, world: str, starts: int) -> None:
    """As arms.evaluate, in real time."""
    out, game = evaluation_of(plan, arm, world), GAMES[world]
    if (out / "results.json").exists():
        return
    shutil.rmtree(out, ignore_errors=True)
    command = [plan.atoll, "play", world, "--policy", str(plan.out / arm / str(plan.seeds[0])), "--suite", game.suite, "--results", str(out)]
    command += ["--episodes", str(starts * len(rows_of(game.suite))), "--set", "world.display=virtual", "--set", f"policy.guidance={game.guidance}"]
    with out.with_suffix(".log").open("ab") as log:
        subprocess.run(command, stdout=log, stderr=log, check=True)
    print(f"{arm} in {world}: played", file=sys.stderr, flush=True)


def evaluate_all(plan: Plan, flags: Flags) -> None:
    """Live games first, when nothing else of the study runs: they wait for nobody."""
    games = [(arm, world) for world in GAMES for arm in ("generalist", f"specialist-{world}")] + [("zero-shot", LEFT_OUT)]
    with concurrent.futures.ThreadPoolExecutor(GAMES_AT_A_TIME) as pool:
        list(pool.map(lambda game: play_live(plan, *game, flags.live), games))
    for arm in ("generalist", "specialist-playhouse"):
        evaluate(plan, plan.out / arm / str(plan.seeds[0]), evaluation_of(plan, arm, "playhouse"), PLAYHOUSE, flags.stepped, "--no-controls", "--threads", "2")


def compare(plan: Plan) -> dict:
    """The table of `atoll eval --compare`, with the specialists as 100 %."""
    worlds = ["playhouse", *GAMES]
    folders = {"generalist": [evaluation_of(plan, "generalist", world) for world in worlds], "zero-shot": [evaluation_of(plan, "zero-shot", LEFT_OUT)]}
    command = [plan.atoll, "eval", "--compare"]
    for name, of_agent in folders.items():
        command += ["--as", f"{name}={','.join(map(str, of_agent))}"]
    for world in worlds:
        command += ["--baseline", str(evaluation_of(plan, f"specialist-{world}", world))]
    out = plan.out / "comparison"
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run([*command, "--out", str(out)], check=True, stdout=sys.stderr)
    return json.loads((out / "comparison.json").read_text())


def figures_of(row: dict) -> list[Figure]:
    """Of one row of the comparison, a world or the total: success and relative score of each agent that played it."""
    where = row["world"] or "mean of the worlds"
    figures = []
    for cell in row["cells"]:
        figures.append(figure(f"{where}: {cell['agent']}", 100 * cell["rate"], "%", low=100 * cell["low"], high=100 * cell["high"], n=cell["n"]))
        if cell["agent"] != "specialist" and cell["relative"] is not None:
            figures.append(figure(f"{where}: {cell['agent']}, relative to the specialist", 100 * cell["relative"], "%"))
    for one in row["differences"]:
        name = f"{where}: {one['agent']} minus {one['minus']}"
        figures.append(figure(name, 100 * one["difference"], "points", low=100 * one["low"], high=100 * one["high"], n=one["pairs"]))
    return figures


def main() -> int:
    atoll, out, doom, minetest, minutes, seed, stepped, live, results, command = sys.argv[1:]
    flags = Flags(float(minutes), int(seed), int(stepped), int(live))
    plan = Plan(atoll, pathlib.Path(out), kept_of(results, out), CONFIG, 60 * flags.minutes, (flags.seed,), (), flags.stepped, "held_out")
    if is_quick(plan):
        plan = dataclasses.replace(plan, timed=QUICK_TIMED)
    arms = arms_of(plan, pathlib.Path(doom), pathlib.Path(minetest))
    calibrate(plan, arms["generalist"])  # alone: it decodes the pictures that all read
    with concurrent.futures.ThreadPoolExecutor(plan.cores) as pool:
        list(pool.map(lambda arm: train(plan, arm, flags.seed), arms.values()))
    evaluate_all(plan, flags)
    comparison = compare(plan)
    figures = [one for row in comparison["rows"] if row["level"] in ("total", "world") for one in figures_of(row)]
    figures += [figure(f"steps of {arm.name}", calibrate(plan, arm), "") for arm in arms.values()]
    words = WORDS.format(minutes=flags.minutes, playhouse=PLAYHOUSE, stepped=flags.stepped, live=flags.live,
                         **{name: game.suite for name, game in GAMES.items()}, **{f"guidance_{name}": game.guidance for name, game in GAMES.items()})  # fmt: skip
    write_figures(results, command, "One agent for three worlds", words, figures, comparison=comparison)
    return 0


sys.exit(main())
