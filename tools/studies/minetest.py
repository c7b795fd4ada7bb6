"""Success of Minetest's expert, and what its judges say of nothing: minetest.py QUICK FOLDER COMMAND writes the results.

Every episode is recorded as training data would be. Intervals are Wilson's, 95 %. Exit code 1 when a bar is missed.
"""

import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile

from figures import Figure, figure, write_figures
from intervals import wilson

ATOLL = "build/release/bin/atoll"
FAMILIES = ["go to", "look at", "dig", "place", "collect", "hold", "move"]
RATE, EPISODES, RESET_S = 0.9, 50, 2.0
IDLE_FAMILIES, IDLE_EPISODES, IDLE_S = [*FAMILIES, "craft"], 2, 4  # of each kind of instruction, so many seconds each
WORDS = (
    "A clean expert (no noise), starts of the training seeds, 15 actions a second. Intervals: 95 % (Wilson). "
    f"Who does nothing is a person's place that nobody takes, for {IDLE_S} s an episode: each has to end because its time is up. "
    "In hold the hand may hold from the start on what is asked for."
)
WORKERS = 2  # games at a time: each on a screen of its own, and ports that are free


def play(family: str, episodes: int, folder: str) -> dict:
    out = pathlib.Path(folder) / family.replace(" ", "-")
    command = [ATOLL, "record", "minetest", "--player", "expert", "--task", family, "--episodes", str(episodes), "--json"]
    command += ["--set", "world.display=virtual", "--set", "expert.noise=0", "--out", str(out)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120 + 40 * episodes, check=True)
    print(family, json.loads(run.stdout)["successes"], "of", episodes, file=sys.stderr)
    check = subprocess.run([ATOLL, "check", str(out), "--json"], stdout=subprocess.PIPE, text=True)
    return {**json.loads(run.stdout), "check": json.loads(check.stdout)["recordings"][0]["verdict"]}


def idle(folder: str) -> list[dict]:
    """Episodes of every kind of instruction in which nobody presses anything."""
    command = [ATOLL, "record", "minetest", "--player", "human", "--seconds", str(IDLE_S), "--json"]
    command += ["--episodes", str(IDLE_EPISODES * len(IDLE_FAMILIES))]
    command += [word for family in IDLE_FAMILIES for word in ("--task", family)]
    command += ["--set", "world.display=virtual", "--out", str(pathlib.Path(folder) / "idle")]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=600, check=True)
    return json.loads(run.stdout)["episodes"]


def idle_figures(episodes: list[dict]) -> list[Figure]:
    """A hand holds something from the start on, perhaps what is asked for: there one no is enough."""
    held = [one for one in episodes if one["task"] == "hold"]
    others = [one for one in episodes if one["task"] != "hold"]
    for one in episodes:
        if one["verdict"] != "timeout":
            print(f"nobody did anything: \"{one['instruction']}\": {one['verdict']} ({one['reason']})", file=sys.stderr)
    yes = sum(one["verdict"] == "success" for one in others)
    no = sum(one["verdict"] == "timeout" for one in held)
    is_no = len(others) == IDLE_EPISODES * (len(IDLE_FAMILIES) - 1) and all(one["verdict"] == "timeout" for one in others)
    is_held = len(held) == IDLE_EPISODES and no > 0 and all(one["verdict"] in ("timeout", "success") for one in held)
    return [
        figure("Minetest judges said yes of a player who does nothing, but for hold", yes, "", n=len(others), bar="0", met=is_no),
        figure("Minetest's judge of hold said no of that player", no, "", n=len(held), bar=">= 1", met=is_held),
    ]


def main() -> int:
    is_quick, folder, command = sys.argv[1] == "true", sys.argv[2], sys.argv[3]
    episodes = 2 if is_quick else EPISODES
    figures, failures, checks = [], [], []
    with tempfile.TemporaryDirectory() as recordings:
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            all_played = list(pool.map(lambda family: play(family, episodes, recordings), FAMILIES))
        idle_episodes = idle(recordings)
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
        *idle_figures(idle_episodes),
        figure("Minetest: reset without a new start", reset, "s", bar=f"< {RESET_S} s", met=reset < RESET_S),
        figure("Minetest: processes left behind", left, "", bar="0", met=left == 0),
        figure("Minetest: recordings that `atoll check` proves", good, "", n=len(checks), bar="all", met=good == len(checks)),
    ]
    is_met = write_figures(folder, command, "Minetest's expert", WORDS, figures, episodes=episodes, failures=failures)
    return 0 if is_met or is_quick else 1


if __name__ == "__main__":
    sys.exit(main())
