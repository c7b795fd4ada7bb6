"""Games by a profile alone: what tools/studies/games.sh finds of each.

    python games.py QUICK RESULTS COMMAND
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

from figures import Figure, figure, write_figures

ATOLL = "build/release/bin/atoll"
GAMES = ["doom", "minetest", "neverball", "openarena", "chromium-bsu"]
JUDGED_ELSEWHERE = ["minetest"]  # in tools/studies/minetest.sh: by its expert, and by a player who does nothing
KILL_AFTER_S = 8.0
GONE_WITHIN_S = 10.0


def processes_of(mark: str) -> list[int]:
    """Processes whose environment holds `mark`: all that a started program left to its children."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue  # it ended, or is another user's
    return found


def try_game(game: str) -> dict:
    command = [ATOLL, "worlds", game, "--check", "--judges", "--json"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    sys.stderr.write(run.stderr)
    return json.loads(run.stdout)["worlds"][0]


def left_after_kill(game: str) -> tuple[int, int]:
    """Atoll is killed while the game runs.

    How many processes there were before, and how many are left when they had time to end.
    """
    mark = f"ATOLL_GAMES_STUDY={game}-{os.getpid()}-{time.monotonic_ns()}"
    name, value = mark.split("=")
    command = [ATOLL, "play", game, "--policy", "random", "--episodes", "50", "--set", "world.display=virtual"]
    play = subprocess.Popen(command, env={**os.environ, name: value}, stdout=subprocess.DEVNULL)
    time.sleep(KILL_AFTER_S)
    running = len(processes_of(mark)) if play.poll() is None else 0
    play.send_signal(signal.SIGKILL)
    play.wait()
    deadline = time.monotonic() + GONE_WITHIN_S
    while time.monotonic() < deadline and processes_of(mark):
        time.sleep(0.1)
    return running, len(processes_of(mark))


def figures_of(game: str) -> list[Figure]:
    world = try_game(game)
    trial = world.get("trial", {})
    judged = trial.get("verdict", "").split(":")[0]
    count = len(world["instructions"])
    change = trial.get("picture_change", 0.0)
    left = len(trial.get("left", [])) if trial else 0
    running, killed = left_after_kill(game)
    ok = bool(trial) and bool(judged) and left == 0 and trial.get("inputs", 0) > 0
    if world.get("check") != "ok":
        print(f"{game}: {world.get('check', world['missing'])}", file=sys.stderr)
    judges = world.get("judges", [])
    tried = {judge["instruction"] for judge in judges}
    yes = tried - {judge["instruction"] for judge in judges if not judge["yes_seen"]}
    no = tried - {judge["instruction"] for judge in judges if not judge["no_seen"]}
    for judge in judges:
        if not (judge["yes_seen"] and judge["no_seen"]):
            print(f"{game}: judged wrongly: {judge}", file=sys.stderr)
    seen = []
    if game not in JUDGED_ELSEWHERE:
        seen = [
            figure(f"{game}: instructions with a trial, of {count}", len(tried), "", bar="all", met=0 < len(tried) == count),
            figure(f"{game}: judge seen to say yes, from all starts", len(yes), "", bar=f"{count}", met=0 < len(yes) == count),
            figure(f"{game}: judge seen to say no, from all starts", len(no), "", bar=f"{count}", met=0 < len(no) == count),
            figure(f"{game}: trials judged rightly, of {len(judges)}", sum(j["yes_seen"] and j["no_seen"] for j in judges), ""),
        ]  # fmt: skip
    return seen + [
        figure(f"{game}: starts and is tried", int(ok), "", bar="yes", met=ok),
        figure(f"{game}: from nothing to its start", trial.get("start_s", 0.0), "s"),
        figure(f"{game}: instructions with judges", count, "", bar=">= 10", met=count >= 10),
        figure(f"{game}: the picture changes on input", change, "of 255", bar="> 1", met=change > 1),
        figure(f"{game}: the picture changes by itself, in a second", trial.get("still_change", 0.0), "of 255"),
        figure(f"{game}: its judge answers ({judged})", int(bool(judged)), "", bar="yes", met=bool(judged)),
        figure(f"{game}: processes left at its end", left, "", bar="0", met=bool(trial) and left == 0),
        figure(
            f"{game}: processes left after SIGKILL of Atoll, of {running}", killed, "", bar="0", met=running > 1 and killed == 0
        ),
    ]


def main() -> int:
    quick, results, command = sys.argv[1] == "true", sys.argv[2], sys.argv[3]
    figures = [one for game in (GAMES[:1] if quick else GAMES) for one in figures_of(game)]
    words = (
        "`atoll worlds NAME --check` of each game that a profile describes, on a screen of its own without a person; then "
        f"`atoll play` of it is killed (SIGKILL) after {KILL_AFTER_S:.0f} s. The import of all demos is a study of its own, "
        "tools/studies/demos.sh. Judges: the [[trials]] of each profile, scripted hands that carry an instruction out and hands "
        "that do not, from each start that they name; Minetest's judges are shown by its expert and by a player who does nothing "
        "(tools/studies/minetest.sh)."
    )
    return 0 if write_figures(results, command, "Games by a profile alone", words, figures) else 1


if __name__ == "__main__":
    sys.exit(main())
