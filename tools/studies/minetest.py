"""Success of Minetest's expert: minetest.py QUICK FOLDER COMMAND writes the study's results.

Every episode is recorded as training data would be. Intervals are Wilson's, 95 %. Exit code 1 when a bar is missed.
"""

import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile

from figures import figure, write_figures
from intervals import wilson

ATOLL = "build/release/bin/atoll"
FAMILIES = ["go to", "look at", "dig", "place", "collect", "hold", "move"]
RATE, EPISODES, RESET_S = 0.9, 50, 2.0
WORDS = "A clean expert (no noise), starts of the training seeds, 15 actions a second. Intervals: 95 % (Wilson)."
WORKERS = 2  # games at a time: each on a screen of its own, and ports that are free


def play(family: str, episodes: int, folder: str) -> dict:
    out = pathlib.Path(folder) / family.replace(" ", "-")
    command = [ATOLL, "record", "minetest", "--player", "expert", "--task", family, "--episodes", str(episodes), "--json"]
    command += ["--set", "world.display=virtual", "--set", "expert.noise=0", "--out", str(out)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120 + 40 * episodes, check=True)
    print(family, json.loads(run.stdout)["successes"], "of", episodes, file=sys.stderr)
    check = subprocess.run([ATOLL, "check", str(out), "--json"], stdout=subprocess.PIPE, text=True)
    return {**json.loads(run.stdout), "check": json.loads(check.stdout)["recordings"][0]["verdict"]}


def main() -> int:
    is_quick, folder, command = sys.argv[1] == "true", sys.argv[2], sys.argv[3]
    episodes = 2 if is_quick else EPISODES
    figures, failures, checks = [], [], []
    with tempfile.TemporaryDirectory() as recordings:
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            all_played = list(pool.map(lambda family: play(family, episodes, recordings), FAMILIES))
        for family, played in zip(FAMILIES, all_played):
            hits, n = played["successes"], len(played["episodes"])
            low, high = wilson(hits, n)
            bar, met = f">= {RATE}, n >= {EPISODES}", hits / n >= RATE and n >= EPISODES
            figures.append(figure(f"Minetest expert: {family}", hits / n, "", low=low, high=high, n=n, bar=bar, met=met))
            checks.append(played["check"])
            failures += [e for e in played["episodes"] if e["verdict"] != "success"]
    trial = subprocess.run([ATOLL, "worlds", "--check", "minetest", "--json"], stdout=subprocess.PIPE, text=True)
    trial = json.loads(trial.stdout)["worlds"][0]["trial"]
    reset, left, good = trial["reset_s"], len(trial["left"]), checks.count("ok")
    figures += [
        figure("Minetest: reset without a new start", reset, "s", bar=f"< {RESET_S} s", met=reset < RESET_S),
        figure("Minetest: processes left behind", left, "", bar="0", met=left == 0),
        figure("Minetest: recordings that `atoll check` proves", good, "", n=len(checks), bar="all", met=good == len(checks)),
    ]
    is_met = write_figures(folder, command, "Minetest's expert", WORDS, figures, episodes=episodes, failures=failures)
    return 0 if is_met or is_quick else 1


if __name__ == "__main__":
    sys.exit(main())
