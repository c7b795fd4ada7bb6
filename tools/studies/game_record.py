"""Demonstrations of a game's expert, several games at a time: game_record.py ATOLL WORLD OUT EPISODES FAMILY...

OUT holds recordings of at most PART episodes each, the families by turns; one that is there is not made again. Prints
them as a JSON list, for trainer.sources.N.recordings.
"""

import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import sys

PART = 36  # episodes; a recording that was broken off is made again
GAMES = 3  # at a time


def record(atoll: str, world: str, families: list[str], out: pathlib.Path, first: int, count: int) -> str:
    folder = out / f"{first}-{count}"
    if not folder.exists():
        unfinished = out / f"{folder.name}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        command = [atoll, "record", world, "--player", "expert", "--episodes", str(count), "--seed", str(first), "--json", "--out", str(unfinished)]
        command += ["--set", "world.display=virtual", "--set", "expert.noise=0.03", *(word for family in families for word in ("--task", family))]
        done = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)
        print(f"{folder}: {done['successes']} of {len(done['episodes'])} succeeded", file=sys.stderr, flush=True)
        if len(done["episodes"]) < count:
            raise KeyboardInterrupt  # it was asked to stop, and ends well
        unfinished.rename(folder)
    return str(folder)


def main() -> None:
    atoll, world, out, episodes, *families = sys.argv[1:]
    pathlib.Path(out).mkdir(parents=True, exist_ok=True)
    starts = range(0, int(episodes), PART)
    with concurrent.futures.ThreadPoolExecutor(GAMES) as pool:
        print(json.dumps(list(pool.map(
            lambda first: record(atoll, world, families, pathlib.Path(out), first, min(PART, int(episodes) - first)), starts))))  # fmt: skip


main()
