"""Prints the table of the language study, as Markdown: language.py OUT BENCH_JSON.

OUT is what tools/studies/language.sh made; BENCH_JSON any answer of `atoll bench --json`, for machine and commit. Rates
are shares of episodes on held-out starts; intervals are Wilson's, 95 %, over episodes. Seeds are shown one by one: three
are too few for an interval over seeds.
"""
import datetime
import json
import pathlib
import sys

from intervals import wilson

PARTS = {"seen pairs": "", "unseen pairs": ", unseen pairs", "unseen phrases": ", unseen phrases"}
# What the issue of this study asked for: variant, condition, part, bound, and whether from below.
BARS = [
    ("masks", "instructed", "seen pairs", 95, True),
    ("masks", "instructed", "unseen pairs", 90, True),
    ("masks", "instructed", "unseen phrases", 85, True),
    ("masks", "no_language", "seen pairs", 25, False),
    ("masks", "swapped_named", "seen pairs", 90, True),
    ("plain", "instructed", "seen pairs", 88, True),
    ("plain", "instructed", "unseen pairs", 80, True),
    ("action", "instructed", "seen pairs", None, True),
    ("action", "instructed", "unseen pairs", None, True),
]


def count(results: dict, condition: str, suffix: str) -> tuple[int, int]:
    rows = [r for r in results["rows"] if r["condition"] == condition and r["task"] in ("go to" + suffix, "pick up" + suffix)]
    return sum(r["successes"] for r in rows), sum(r["n"] for r in rows)


def show(successes: int, n: int) -> str:
    low, high = wilson(successes, n)
    return f"{100 * successes / n:.1f} [{100 * low:.1f}-{100 * high:.1f}]"


def training_minutes(run: pathlib.Path) -> float:
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return max(json.loads(line).get("wall_s", 0.0) for line in lines) / 60


def main() -> None:
    out, bench = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
    found: dict[str, dict[int, dict]] = {}
    for file in sorted(out.glob("*-evaluation/results.json")):
        name, seed = file.parent.name.split("-")[:2]
        found.setdefault(name, {})[int(seed)] = json.loads(file.read_text())
    print("# Language study: what was told, and what was done\n")
    print(f"{datetime.date.today()}, commit {bench['commit']}, {bench['machine']}, `tools/studies/language.sh`.\n")
    print("Playhouse's room, five objects, go to and pick up, 20,000 recorded expert episodes, held-out starts.")
    print("Per cent of episodes, 95 % interval over episodes; a column for each training seed.\n")
    for name, by_seed in found.items():
        times = [f"{training_minutes(out / f'{name}-{seed}'):.1f}" for seed in by_seed]
        print(f"- `{name}`: {', '.join(times)} minutes of training")
    seeds = sorted({seed for by_seed in found.values() for seed in by_seed})
    print("\n| variant | condition | part | bar | " + " | ".join(f"seed {s}" for s in seeds) + " | all |")
    print("|---|---|---|---|" + "---|" * (len(seeds) + 1))
    for name, condition, part, bar, from_below in BARS:
        counts = {s: count(r, condition, PARTS[part]) for s, r in found.get(name, {}).items()}
        if not counts:
            continue
        cells = [show(*counts[s]) if s in counts else "" for s in seeds]
        total = show(sum(k for k, _ in counts.values()), sum(n for _, n in counts.values()))
        wanted = "" if bar is None else f"{'>=' if from_below else '<='} {bar}"
        print(f"| {name} | {condition} | {part} | {wanted} | " + " | ".join(cells) + f" | {total} |")


main()
