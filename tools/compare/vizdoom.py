"""Times Playhouse and ViZDoom by turns on one core and prints a Markdown table: vizdoom.py ATOLL TURNS OUT.

With `--steps SCENARIO WIDTHxHEIGHT SECONDS` it is the ViZDoom side alone: prints steps a second. That side runs in a
process of its own, pinned to the core together with ViZDoom's engine.
"""
import datetime
import json
import pathlib
import statistics
import subprocess
import sys
import time

CORE = "0"
SIZES = ["160x120", "320x240"]
SCENARIOS = ["my_way_home", "basic"]
BAR = 3.0


def vizdoom_steps(scenario: str, size: str, seconds: float) -> float:
    import numpy
    import vizdoom

    game = vizdoom.DoomGame()
    game.load_config(str(pathlib.Path(vizdoom.scenarios_path) / f"{scenario}.cfg"))
    game.set_screen_resolution(getattr(vizdoom.ScreenResolution, f"RES_{size.upper()}"))
    game.set_screen_format(vizdoom.ScreenFormat.RGB24)
    game.set_mode(vizdoom.Mode.PLAYER)
    game.set_window_visible(False)
    game.set_sound_enabled(False)
    game.set_seed(1)
    game.init()
    random = numpy.random.default_rng(1)
    actions = random.integers(0, 2, (4096, game.get_available_buttons_size())).tolist()
    steps, read, begin = 0, 0, time.perf_counter()
    while steps < 200 or time.perf_counter() - begin < seconds:
        if steps == 200:  # the first ones warm up
            begin = time.perf_counter()
        if game.is_episode_finished():
            game.new_episode()
        picture = game.get_state().screen_buffer
        read += int(picture[0, 0, 0])
        game.make_action(actions[steps % len(actions)])
        steps += 1
    rate = (steps - 200) / (time.perf_counter() - begin)
    game.close()
    return rate


def pinned(command: list[str]) -> str:
    return subprocess.run(["taskset", "-c", CORE, *command], check=True, capture_output=True, text=True).stdout


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):,.0f} [{min(values):,.0f} .. {max(values):,.0f}]"


def main() -> None:
    atoll, turns, out = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
    ours: dict[str, list[float]] = {size: [] for size in SIZES}
    theirs: dict[tuple[str, str], list[float]] = {(scenario, size): [] for scenario in SCENARIOS for size in SIZES}
    for turn in range(turns):
        print(f"turn {turn + 1} of {turns}", file=sys.stderr)
        for (scenario, size), rates in theirs.items():
            rates.append(float(pinned([sys.executable, __file__, "--steps", scenario, size, "5"])))
        bench = json.loads(pinned([atoll, "bench", "world", "--json"]))
        for size in SIZES:
            ours[size].append(next(f["value"] for f in bench["figures"] if f["name"] == f"full: steps {size}"))
    print("# Playhouse and ViZDoom on one core\n")
    print(f"{datetime.date.today()}, commit {bench['commit']}, {bench['machine']}, `tools/compare/vizdoom.sh {turns}`.\n")
    print("Steps a second, a picture read at every step, by turns in one run: median [least .. most] over turns. Playhouse:")
    print("level `full` (6 rooms, 30 things), four physics ticks a step, a human-like expert's actions, verdicts and resets")
    print("included. ViZDoom 1.3.2 from Python, synchronous, one tic a step, random actions.\n")
    print("| picture | Playhouse | ViZDoom | scenario | ratio of medians | smallest ratio of a turn | bar |")
    print("|---|---|---|---|---|---|---|")
    rows = []
    for (scenario, size), rates in theirs.items():
        ratio = statistics.median(ours[size]) / statistics.median(rates)
        least = min(a / b for a, b in zip(ours[size], rates))
        rows.append({"picture": size, "scenario": scenario, "playhouse": ours[size], "vizdoom": rates, "ratio": ratio})
        print(f"| {size} | {spread(ours[size])} | {spread(rates)} | {scenario} | {ratio:.2f} | {least:.2f} | >= {BAR:.0f} |")
    record = {"date": str(datetime.date.today()), "commit": bench["commit"], "machine": bench["machine"], "rows": rows}
    (out / "vizdoom.json").write_text(json.dumps(record, indent=1) + "\n")


if sys.argv[1] == "--steps":
    print(vizdoom_steps(sys.argv[2], sys.argv[3], float(sys.argv[4])))
else:
    main()
