"""Plays and reports what tools/studies/windowed.sh is about.

    python3 tools/studies/windowed.py play --atoll PROGRAM --out OUT --parallel N [--quick]
    python3 tools/studies/windowed.py report --out OUT --results FOLDER [--quick]

`play` makes parts: one program records a few episodes of a level and look, with the window's tick log; `atoll check`
replays the log; another program sends the recorded inputs again. What a part left behind is used again. Exit code of
`report` 1 when a bar is missed.
"""

import argparse
import concurrent.futures
import datetime
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys

EPISODES_A_PART = 12  # one of each family; of the level "room", which has three, four each
PARTS = {"room": 5, "flat": 12, "house": 13, "full": 12}
QUICK_PARTS = {"room": 1, "flat": 1}
AGREEMENT_BAR = 0.98


class Part:
    """Some episodes of one level in one look."""

    def __init__(self, out, level, index):
        # Look 0 is the usual one; every other part has another one.
        look = f",reskin={index}" if index % 2 else ""
        self.world = f"playhouse-window/{level}{look}"
        self.level = level
        self.first = index * EPISODES_A_PART
        self.folder = out / f"{level}-{index:02d}"

    def path(self, name):
        return self.folder / name

    def steps(self):
        """(file that tells it was done, arguments of `atoll`) in order."""
        log = 'world.arguments=["--log", "{}"]'
        screen = ["--set", "world.display=virtual"]
        recording = str(self.path("recording"))
        yield "recorded.json", ["record", self.world, "--player", "expert", "--episodes", str(EPISODES_A_PART), "--seed",
                                str(self.first), *screen, "--set", log.format(self.path("recorded.ticks")), "--out",
                                recording, "--json"]
        yield "check.json", ["check", recording, "--ticks", str(self.path("recorded.ticks")), "--json"]
        yield "again.json", ["play", self.world, "--policy", f"demo:{recording}", *screen, "--set",
                             log.format(self.path("again.ticks")), "--json"]


def run_step(part, name, command):
    """One program; what it printed lies in the file `name` once it has ended well."""
    done = part.path(name)
    if done.exists():
        return
    leftovers = {"recorded.json": ["recording", "recorded.ticks"], "again.json": ["again.ticks"]}.get(name, [])
    for leftover in map(part.path, leftovers):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink(missing_ok=True)
    result = subprocess.run(command, capture_output=True, text=True)
    # `atoll check` ends with 1 when something differs: that is a finding, and is counted.
    if result.returncode not in ((0, 1) if name == "check.json" else (0,)):
        raise RuntimeError(f"{' '.join(command)} ended with {result.returncode}:\n{result.stderr[-2000:]}")
    done.with_suffix(".new").write_text(result.stdout)
    done.with_suffix(".new").rename(done)


def play_part(part, atoll):
    part.folder.mkdir(parents=True, exist_ok=True)
    for name, arguments in part.steps():
        run_step(part, name, [atoll, *arguments])
    return part


def parts_of(options):
    counts = QUICK_PARTS if options.quick else PARTS
    # The longest first, so that the last ones to end are short.
    return [Part(options.out, level, index) for level in ("full", "house", "flat", "room") if level in counts
            for index in range(counts[level])]


def play(options):
    parts = parts_of(options)
    info = {"commit": text_of("git", "describe", "--always", "--dirty"), "parallel": options.parallel}
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "info.json").write_text(json.dumps(info))
    with concurrent.futures.ThreadPoolExecutor(options.parallel) as pool:
        running = [pool.submit(play_part, part, options.atoll) for part in parts]
        for number, future in enumerate(concurrent.futures.as_completed(running), 1):
            print(f"{number} of {len(parts)}: {future.result().folder.name}", file=sys.stderr, flush=True)
    return 0


def text_of(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def machine():
    name = platform.machine()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.split(":", 1)[1].strip()
            break
    return f"{name}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def read(path):
    return json.loads(path.read_text())


def read_log(path):
    """A tick log's episodes: (what was put in at each tick, the hash at the end)."""
    for line in path.read_text().splitlines():
        episode = json.loads(line)
        yield [tick[:-1] for tick in episode["ticks"]], episode["state_hash"]


COUNTS = ("episodes", "successes", "bit_equal", "sent_again", "verdicts_agree", "ticks_equal")


def count_part(part, rows, totals):
    recorded = read(part.path("recorded.json"))["episodes"]
    agreement = read(part.path("check.json"))["agreement"]
    for key in ("episodes", "equal_episodes", "pictures", "equal_pictures", "distinct_pictures"):
        totals[key] = totals.get(key, 0) + agreement[key]
    totals["problems"] = totals.get("problems", []) + agreement["problems"]
    again = {(e["seed"], e["task"]): e for e in read(part.path("again.json"))["episodes"]}
    logs = list(read_log(part.path("recorded.ticks")))
    logs_again = dict(zip(again, read_log(part.path("again.ticks"))))
    unequal = set(agreement["unequal_episodes"])
    for index, (episode, log) in enumerate(zip(recorded, logs)):
        row = rows.setdefault((part.level, episode["task"]), dict.fromkeys(COUNTS, 0))
        row["episodes"] += 1
        row["successes"] += episode["verdict"] == "success"
        row["bit_equal"] += index not in unequal
        key = (episode["seed"], episode["task"])
        if key not in again:
            continue
        row["sent_again"] += 1
        row["verdicts_agree"] += again[key]["verdict"] == episode["verdict"]
        row["ticks_equal"] += logs_again[key] == log


def summary_of(options):
    rows, totals = {}, {}
    for part in parts_of(options):
        count_part(part, rows, totals)
    sums = {key: sum(row[key] for row in rows.values()) for key in COUNTS}
    info = read(options.out / "info.json")
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "commit": info["commit"],
        "machine": machine(),
        "command": "tools/studies/windowed.sh" + (" --quick" if options.quick else ""),
        "parallel": info["parallel"],
        **sums,
        "pictures": totals["pictures"],
        "equal_pictures": totals["equal_pictures"],
        "distinct_pictures": totals["distinct_pictures"],
        "problems": totals["problems"][:20],
        "rows": [{"level": level, "family": family, **row} for (level, family), row in rows.items()],
    }


def by_family(summary):
    families = {}
    for row in summary["rows"]:
        family = families.setdefault(row["family"], dict.fromkeys(COUNTS, 0) | {"levels": []})
        family["levels"].append(row["level"])
        for key in COUNTS:
            family[key] += row[key]
    return families


def lines_of(summary):
    n, again = summary["episodes"], summary["sent_again"]
    rate = summary["verdicts_agree"] / max(again, 1)
    yes = lambda met: "yes" if met else "**no**"
    yield f"# Windowed episodes, {summary['date']}"
    yield ""
    yield (f"Made by `{summary['command']}`. Commit {summary['commit']}; machine: {summary['machine']}; "
           f"{summary['parallel']} windows side by side, in real time.")
    yield ""
    yield ("The expert plays in Playhouse's window, captured and recorded, with keys and mouse through X. It has played "
           "each start in the stepped world before and decides nothing in the window: what it does there is sent on the "
           "action clock alone. The window logs every tick's input; the log is replayed in the stepped world. Then the "
           "inputs of each recording are sent through X once more, into a window of another program.")
    yield ""
    yield "| what | bar | measured | met |"
    yield "|---|---|---|---|"
    yield (f"| episodes whose ticks, replayed in the stepped world, give the same state, verdict, reason and object | all, "
           f"500 or more | {summary['bit_equal']} of {n} | {yes(summary['bit_equal'] == n >= 500)} |")
    yield (f"| captured pictures equal to the stepped picture of their tick, all pixels | all | "
           f"{summary['equal_pictures']:,} of {summary['pictures']:,} | "
           f"{yes(summary['equal_pictures'] == summary['pictures'])} |")
    yield (f"| the same inputs sent again: the same verdict | >= 98 % | {summary['verdicts_agree']} of {again} "
           f"({100 * rate:.1f} %) | {yes(again >= 500 and rate >= AGREEMENT_BAR)} |")
    yield (f"| ... and every input in the same tick, so that the end is bit-equal, too | | {summary['ticks_equal']} of "
           f"{again} ({100 * summary['ticks_equal'] / max(again, 1):.1f} %) | |")
    yield f"| the expert in the window succeeds | | {summary['successes']} of {n} | |"
    yield ""
    yield "| family | levels | episodes | successes | bit-equal | sent again | verdicts agree | every tick equal |"
    yield "|---|---|---|---|---|---|---|---|"
    for family, row in by_family(summary).items():
        cells = [family, ", ".join(sorted(row["levels"])), *(str(row[key]) for key in COUNTS)]
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield from (f"- {problem}" for problem in summary["problems"])


def report(options):
    summary = summary_of(options)
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "results.json").write_text(json.dumps(summary, indent=1) + "\n")
    lines = list(lines_of(summary))
    (options.results / "README.md").write_text("\n".join(lines).rstrip() + "\n")
    print("\n".join(lines[6:]))
    bars_met = (summary["bit_equal"] == summary["episodes"] and summary["equal_pictures"] == summary["pictures"] and
                summary["verdicts_agree"] >= AGREEMENT_BAR * summary["sent_again"])
    return 0 if bars_met else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    player = commands.add_parser("play")
    player.set_defaults(run=play)
    player.add_argument("--atoll", required=True)
    player.add_argument("--parallel", type=int, default=2)
    reporter = commands.add_parser("report")
    reporter.set_defaults(run=report)
    reporter.add_argument("--results", type=pathlib.Path, required=True)
    for command in (player, reporter):
        command.add_argument("--out", type=pathlib.Path, required=True)
        command.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    return options.run(options)


if __name__ == "__main__":
    sys.exit(main())
