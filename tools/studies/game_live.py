"""A live agent in a game beside nothing told and a random player: game_live.py GAME FOLDER COMMAND ATOLL OUT EPISODES.

Plays OUT/run by every instruction of the game's suite, on the same starts under three conditions, which play at the same
time, so that a busier minute of the machine is no condition's alone. What was played lies in OUT/play and is not played
again. Differences are paired by start; 95 % intervals from 10,000 bootstrap resamples of the starts.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import json
import pathlib
import subprocess
import sys

import numpy as np
from figures import Figure, figure, write_figures

BATCH = 5  # episodes of each instruction
ENOUGH = 4  # instructions that have to be better than both controls
RESAMPLES = 10_000
CONTROLS = """
`blank`: the same agent, told nothing; `random`: random keys and mouse. Starts are held out: seeds that no training
uses."""


@dataclasses.dataclass(frozen=True)
class Game:
    title: str
    suite: str
    guidance: float  # lambda of classifier-free guidance; Doom's was chosen on development starts
    words: str


GAMES = {
    "doom": Game("A live agent in Doom", "doom-basics", 2, """Trained on the demos that people left in Debian's freedoom and freedm packages: 20 minutes of them are for training.
Instructions are given in hindsight, from what people picked up and how they moved; the judge of the live game sees
pictures only (image motion, numbers of the status bar).""" + CONTROLS),
    "minetest": Game("A live agent in Minetest", "minetest-basics", 1, """Trained on recordings of the game's scripted expert: pictures, keys and mouse, one instruction an episode and a success
mark; no masks, nobody to ask. Five things stand around in each scene, and a mod of the game is the judge. Who goes to
another thing than the named one, or digs it, has failed.""" + CONTROLS),
}  # fmt: skip


def rows_of(suite: str) -> list[str]:
    lines = (pathlib.Path("evaluation/suites") / f"{suite}.toml").read_text().splitlines()
    return [line.split('"')[1] for line in lines if line.startswith("instruction = ")]


def play(world: str, atoll: str, player: str, first: int, count: int, kept: pathlib.Path, told: list[str]) -> list[dict]:
    """`count` episodes of each instruction from start `first` on, the instructions by turns; once."""
    if not kept.exists():
        game = GAMES[world]
        command = [atoll, "play", world, "--policy", player, "--suite", game.suite, "--seed", str(first), "--episodes"]
        command += [str(count * len(rows_of(game.suite))), "--set", "world.display=virtual", "--set", f"policy.guidance={game.guidance}", "--json", *told]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
        if len(json.loads(done.stdout)["episodes"]) < count * len(rows_of(game.suite)):
            raise KeyboardInterrupt  # it was asked to stop, and ends well
        unfinished = kept.with_suffix(".unfinished")
        unfinished.write_text(done.stdout)
        unfinished.rename(kept)
    return json.loads(kept.read_text())["episodes"]


def play_all(world: str, atoll: str, out: pathlib.Path, episodes: int) -> dict[str, list[dict]]:
    """The episodes of each condition, the instructions by turns."""
    run = str(out / "run")
    conditions = {"instructed": (run, []), "blank": (run, ["--told", ""]), "random": ("random", [])}
    (out / "play").mkdir(exist_ok=True)
    log: dict[str, list[dict]] = {name: [] for name in conditions}
    for first in range(0, episodes, BATCH):
        count = min(BATCH, episodes - first)
        kept = {name: out / "play" / f"{first}-{count}-{name}.json" for name in conditions}
        with concurrent.futures.ThreadPoolExecutor() as pool:
            plays = {name: pool.submit(play, world, atoll, player, first, count, kept[name], told) for name, (player, told) in conditions.items()}
        for name, played in plays.items():
            log[name] += played.result()
        print(f"{min(first + BATCH, episodes)} of {episodes} starts of each instruction", file=sys.stderr, flush=True)
    return log


def interval(differences: np.ndarray, random: np.random.Generator) -> tuple[float, float]:
    picks = random.integers(0, len(differences), (RESAMPLES, len(differences)))
    low, high = np.quantile(differences[picks].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def figures_of(instruction: str, success: dict[str, np.ndarray], random: np.random.Generator) -> tuple[list[Figure], bool]:
    """What each condition reaches and what the instruction brings; whether it brings something over both controls."""
    n = len(success["instructed"])
    figures = [figure(f'"{instruction}": {name}', 100 * float(found.mean()), "%", n=n) for name, found in success.items()]
    lows = []
    for control in ("blank", "random"):
        differences = success["instructed"] - success[control]
        low, high = interval(differences, random)
        lows.append(low)
        name = f'"{instruction}": instructed minus {control}'
        figures.append(figure(name, 100 * float(differences.mean()), "points", low=100 * low, high=100 * high, n=n))
    return figures, min(lows) > 0


def main() -> int:
    world, folder, command, atoll, out, episodes = sys.argv[1:]
    instructions = rows_of(GAMES[world].suite)
    log = play_all(world, atoll, pathlib.Path(out), int(episodes))
    random = np.random.default_rng(0)
    figures: list[Figure] = []
    better = 0
    for row, instruction in enumerate(instructions):
        success = {name: np.array([e["verdict"] == "success" for e in played[row :: len(instructions)]], float) for name, played in log.items()}
        of_row, is_better = figures_of(instruction, success, random)
        figures += of_row
        better += is_better
    bar = f">= {ENOUGH} with both lower 95 % bounds above 0, n >= 50 each"
    met = better >= ENOUGH and int(episodes) >= 50
    name = "instructions on which the agent is better than blank and random"
    misses, questions = (sum(episode[key] for episode in log["instructed"]) for key in ("misses", "questions"))
    figures = [figure(name, better, "", n=len(instructions), bar=bar, met=met), figure("answers that came too late", misses, "", n=questions), *figures]
    return 0 if write_figures(folder, command, GAMES[world].title, GAMES[world].words, figures, episodes=log) else 1


if __name__ == "__main__":
    sys.exit(main())
