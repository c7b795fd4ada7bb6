"""Success of Minetest's expert: minetest.py QUICK FOLDER COMMAND writes the study's results.

Every episode is recorded as training data would be. Intervals are Wilson's, 95 %. Exit code 1 when a bar is missed.
"""

import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile

from intervals import wilson
from origin import origin, told, write_results

ATOLL = "build/release/bin/atoll"
FAMILIES = ["go to", "look at", "dig", "place", "collect", "hold", "move"]
RATE, EPISODES, RESET_S = 0.9, 50, 2.0
WORKERS = 2  # games at a time: each on a screen of its own, and ports that are free


def play(family: str, episodes: int, folder: str) -> dict:
    out = pathlib.Path(folder) / family.replace(" ", "-")
    command = [ATOLL, "record", "minetest", "--player", "expert", "--task", family, "--episodes", str(episodes), "--json"]
    command += ["--set", "world.display=virtual", "--set", "expert.noise=0", "--out", str(out)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120 + 40 * episodes, check=True)
    print(family, json.loads(run.stdout)["successes"], "of", episodes, file=sys.stderr)
    check = subprocess.run([ATOLL, "check", str(out), "--json"], stdout=subprocess.PIPE, text=True)
    return {**json.loads(run.stdout), "check": json.loads(check.stdout)["recordings"][0]["verdict"]}


def figure(name: str, value: float, n: int, low: float, high: float, bar: str, met: bool, unit: str = "") -> dict:
    return {"name": name, "value": round(value, 4), "unit": unit, "low": round(low, 4), "high": round(high, 4), "n": n, "bar": bar, "met": met}


def main() -> None:
    is_quick, folder, command = sys.argv[1] == "true", pathlib.Path(sys.argv[2]), sys.argv[3]
    episodes = 2 if is_quick else EPISODES
    figures, failures, checks = [], [], []
    with tempfile.TemporaryDirectory() as recordings:
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            all_played = list(pool.map(lambda family: play(family, episodes, recordings), FAMILIES))
        for family, played in zip(FAMILIES, all_played):
            hits, n = played["successes"], len(played["episodes"])
            low, high = wilson(hits, n)
            bar = f">= {RATE}, n >= {EPISODES}"
            figures.append(figure(f"Minetest expert: {family}", hits / n, n, low, high, bar, hits / n >= RATE and n >= EPISODES))
            checks.append(played["check"])
            failures += [e for e in played["episodes"] if e["verdict"] != "success"]
    trial = subprocess.run([ATOLL, "worlds", "--check", "minetest", "--json"], stdout=subprocess.PIPE, text=True)
    trial = json.loads(trial.stdout)["worlds"][0]["trial"]
    reset = trial["reset_s"]
    figures.append(figure("Minetest: reset without a new start", reset, 1, reset, reset, f"< {RESET_S} s", reset < RESET_S, "s"))
    left = len(trial["left"])
    figures.append(figure("Minetest: processes left behind", left, 1, left, left, "0", left == 0))
    good = checks.count("ok")
    figures.append(figure("Minetest: recordings that `atoll check` proves", good, len(checks), good, good, "all", good == len(checks)))
    found = {**origin(command), "episodes": episodes, "figures": figures, "failures": failures}
    lines = ["# Minetest's expert", "", told(found), "", "A clean expert (no noise), starts of the training seeds, 15 actions a second.", ""]
    lines += ["| | measured | 95 % | n | bar | met |", "|---|---|---|---|---|---|"]
    for f in figures:
        lines.append(f"| {f['name']} | {f['value']:g} {f['unit']} | {f['low']:.3f} .. {f['high']:.3f} | {f['n']} | {f['bar']} | {'yes' if f['met'] else 'no'} |")
    write_results(folder, found, "\n".join(lines) + "\n")
    print("\n".join(lines[5:]))
    sys.exit(0 if all(f["met"] for f in figures) or is_quick else 1)


main()
