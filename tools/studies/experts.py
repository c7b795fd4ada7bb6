"""How often the expert does what it is told: experts.py EVALUATIONS FOLDER COMMAND writes the study's results.

EVALUATIONS holds what `atoll eval --out` wrote, in `house`, `pair` and `memory`. Exit code 1 when a family is under its bar.
"""

import json
import pathlib
import sys

from origin import origin, told, write_results

BARS = {"house": 0.99, "pair": 0.95, "memory": 0.98}


def rows_of(suite: str, folder: pathlib.Path) -> list[dict]:
    """A row for each task; the bar is for what training asks for, held-out sets are shown beside it."""
    evaluation = json.loads((folder / "results.json").read_text())
    return [
        {
            "suite": suite,
            "seeds": evaluation["seeds"],
            **{key: row[key] for key in ("task", "n", "successes", "rate", "low", "high", "verdicts")},
            "bar": None if ", unseen" in row["task"] else BARS[suite],
        }
        for row in evaluation["rows"]
        if row["task"] != "all"
    ]


def failures_of(suite: str, folder: pathlib.Path) -> list[dict]:
    """What failed, to be mended; nothing of held-out starts, on which nothing is ever tuned."""
    lines = [json.loads(line) for line in (folder / "episodes.jsonl").read_text().splitlines()]
    if json.loads((folder / "results.json").read_text())["seeds"] == "held_out":
        return []
    keys = ("task", "seed", "told", "verdict", "reason")
    failed = [{"suite": suite, **{key: line[key] for key in keys}} for line in lines if not line["success"]]
    return sorted(failed, key=lambda line: (line["task"], line["seed"]))


def page_of(found: dict) -> str:
    lines = [
        "# Does the expert do what it is told?",
        "",
        told(found),
        "",
        f"Through `Action` alone, on {found['rows'][0]['seeds']} starts; 95 % intervals. Rows with a bar are the families as "
        "training draws them.",
        "",
        "| world | task | n | success | interval | other ends | bar | met |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in found["rows"]:
        others = ", ".join(f"{count} {verdict}" for verdict, count in row["verdicts"].items() if verdict != "success")
        bar = "| |" if row["bar"] is None else f"| >= {100 * row['bar']:.0f} % | {'yes' if is_met(row) else 'no'} |"
        lines.append(
            f"| {row['suite']} | {row['task']} | {row['n']} | {100 * row['rate']:.1f} % | "
            f"{100 * row['low']:.1f} .. {100 * row['high']:.1f} | {others} {bar}"
        )
    if found["failures"]:
        lines += ["", "What failed:", ""]
        lines += [
            f"- {line['suite']}, {line['task']}, seed {line['seed']}: \"{line['told']}\": {line['verdict']}: {line['reason']}"
            for line in found["failures"]
        ]
    return "\n".join(lines) + "\n"


def is_met(row: dict) -> bool:
    return row["bar"] is None or row["rate"] >= row["bar"]


def main() -> None:
    evaluations, folder, command = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    rows = [row for suite in BARS for row in rows_of(suite, evaluations / suite)]
    failures = [line for suite in BARS for line in failures_of(suite, evaluations / suite)]
    found = {**origin(command), "rows": rows, "failures": failures}
    write_results(folder, found, page_of(found))
    sys.exit(0 if all(map(is_met, rows)) else 1)


main()
