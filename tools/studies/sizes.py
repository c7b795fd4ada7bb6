"""The table of sizes.sh: `atoll bench steps` and `atoll bench infer` of each shipped size. Exit code 1: a bar is missed."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

from figures import figure
from origin import origin, told, write_results

BARS_MS = {"tiny": 5.0, "small": 25.0}  # p99 of a live step on one core, with memory
PICTURES = {"tiny": 64, "small": 64, "base": 8, "large": 2}  # of a training step


def figures(atoll: str, bench: str, size: str, *settings: str) -> dict[str, dict]:
    flags = [flag for setting in settings for flag in ("--set", setting)]
    command = ["taskset", "-c", "0"] if bench == "infer" else []
    command += [atoll, "bench", bench, "--json", "--config", f"configs/sizes/{size}.toml", *flags]
    print(f"{size}: {' '.join(command)}", file=sys.stderr)
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {figure["name"]: figure for figure in json.loads(answer)["figures"]}


def measure(atoll: str, size: str) -> dict:
    live = figures(atoll, "infer", size)
    step = figures(atoll, "steps", size, "trainer.replicas=1", f"trainer.batch={PICTURES[size]}", "trainer.data.window=1", "steps.seconds=3")
    name = next(n.rsplit(",", 1)[0] for n in live if n.startswith("incremental step"))
    rate = next(iter(step.values()))
    p99 = live[f"{name}, p99"]
    return {"size": size, "parameters": int(live[f"{name}, parameters"]["value"]), "live": name, "p50_ms": live[f"{name}, p50"], "p99_ms": p99,
            "pictures": PICTURES[size], "pictures_per_s": rate, "bar_ms": BARS_MS.get(size), "met": size not in BARS_MS or p99["value"] <= BARS_MS[size]}


def spread(figure: dict, digits: int) -> str:
    return f"{figure['value']:,.{digits}f} [{figure['low']:,.{digits}f} .. {figure['high']:,.{digits}f}]"


def page_of(found: dict) -> str:
    lines = ["# The agent's sizes on processors", "", told(found), "",
             "A live step: picture in, chunk out, on one core with a full memory; wall time, medians [least .. most] of repeats of up to 200 answers.",
             "A training step: forward, losses, backward, update, one thread. `precision` as the size's file says.", "",
             "| size | parameters | live step p50, ms | p99, ms | bar | met | pictures of a training step | pictures/s |", "|---|---|---|---|---|---|---|---|"]
    for row in found["rows"]:
        bar = (f"<= {row['bar_ms']:.0f}", "yes" if row["met"] else "**no**") if row["bar_ms"] else ("", "")
        lines.append(f"| `{row['size']}` | {row['parameters']:,} | {spread(row['p50_ms'], 2)} | {spread(row['p99_ms'], 2)} | {bar[0]} | {bar[1]} | "
                     f"{row['pictures']} | {spread(row['pictures_per_s'], 2)} |")
    return "\n".join(lines) + "\n"


def figure_of(row: dict) -> dict:
    p99, bar = row["p99_ms"], row["bar_ms"]
    return figure(f"`{row['size']}` ({row['parameters']:,} parameters): a live step on one core, p99", p99["value"], "ms", low=p99["low"], high=p99["high"],
                  bar=bar and f"<= {bar:.0f} ms", met=row["met"] if bar else None)


def main() -> None:
    atoll, sizes, results, command = sys.argv[1:]
    rows = [measure(atoll, size) for size in sizes.split()]
    found = {**origin(command), "rows": rows, "figures": [figure_of(row) for row in rows]}
    write_results(pathlib.Path(results), found, page_of(found))
    sys.exit(0 if all(row["met"] for row in found["rows"]) else 1)


main()
