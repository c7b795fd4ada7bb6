"""A live agent in Doom beside nothing told and a random player: doom_live.py FOLDER COMMAND ATOLL RUN EPISODES.

Every instruction of the suite doom-basics on the same starts under three conditions, which play at the same time, so that
a busier minute of the machine is no condition's alone. Differences are paired by start; 95 % intervals from 10,000
bootstrap resamples of the starts.
"""

import concurrent.futures
import json
import pathlib
import subprocess
import sys

import numpy as np
from figures import Figure, figure, write_figures

SUITE = "doom-basics"
BATCH = 5  # episodes of each instruction
ENOUGH = 3  # instructions that have to be better than both controls
GUIDANCE = 2  # lambda of classifier-free guidance, chosen on development starts
RESAMPLES = 10_000
WORDS = """Trained on the demos that people left in Debian's freedoom and freedm packages: 20 minutes of them are for training.
Instructions are given in hindsight, from what people picked up and how they moved; the judge of the live game sees
pictures only (image motion, numbers of the status bar). `blank`: the same agent, told nothing; `random`: uniform over
all actions. Starts are held out: seeds that no training uses."""


def rows_of(suite: str) -> list[str]:
    lines = (pathlib.Path("evaluation/suites") / f"{suite}.toml").read_text().splitlines()
    return [line.split('"')[1] for line in lines if line.startswith("instruction = ")]


def play(atoll: str, player: str, first: int, count: int, num_rows: int, told: list[str]) -> list[dict]:
    command = [atoll, "play", "doom", "--policy", player, "--suite", SUITE, "--seed", str(first), "--episodes"]
    command += [str(count * num_rows), "--set", "world.display=virtual", "--set", f"policy.guidance={GUIDANCE}", "--json", *told]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout)["episodes"]


def interval(differences: np.ndarray, random: np.random.Generator) -> tuple[float, float]:
    picks = random.integers(0, len(differences), (RESAMPLES, len(differences)))
    low, high = np.quantile(differences[picks].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def main() -> int:
    folder, command, atoll, run, episodes = sys.argv[1:]
    instructions = rows_of(SUITE)
    conditions = {"instructed": (run, []), "blank": (run, ["--told", ""]), "random": ("random", [])}
    success: dict[str, list[list[bool]]] = {name: [[] for _ in instructions] for name in conditions}
    log: dict[str, list[dict]] = {name: [] for name in conditions}
    for first in range(0, int(episodes), BATCH):
        count = min(BATCH, int(episodes) - first)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            plays = {
                name: pool.submit(play, atoll, player, first, count, len(instructions), told)
                for name, (player, told) in conditions.items()
            }
        for name, played in plays.items():
            for index, episode in enumerate(played.result()):
                success[name][index % len(instructions)].append(episode["verdict"] == "success")
                log[name].append(episode)
    random = np.random.default_rng(0)
    figures: list[Figure] = []
    better = 0
    for row, instruction in enumerate(instructions):
        instructed = np.array(success["instructed"][row], float)
        n = len(instructed)
        lows = []
        for name in conditions:
            figures.append(figure(f'"{instruction}": {name}', 100 * float(np.mean(success[name][row])), "%", n=n))
        for control in ("blank", "random"):
            differences = instructed - np.array(success[control][row], float)
            low, high = interval(differences, random)
            lows.append(low)
            name = f'"{instruction}": instructed minus {control}'
            figures.append(figure(name, 100 * float(differences.mean()), "points", low=100 * low, high=100 * high, n=n))
        better += min(lows) > 0
    bar = f">= {ENOUGH} with both lower 95 % bounds above 0, n >= 50 each"
    met = better >= ENOUGH and int(episodes) >= 50
    summary = figure("instructions on which the agent is better than blank and random", better, "", n=len(instructions), bar=bar, met=met)
    misses = sum(episode["misses"] for episode in log["instructed"]), sum(episode["questions"] for episode in log["instructed"])
    figures = [summary, figure("answers that came too late", misses[0], "", n=misses[1]), *figures]
    return 0 if write_figures(folder, command, "A live agent in Doom", WORDS, figures, episodes=log) else 1


sys.exit(main())
