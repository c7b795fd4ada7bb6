"""Holds what tools/studies/live.sh measured against its bars: writes README.md and small JSON files.

    python3 tools/studies/live.py MEASURED RESULTS NUM_PICTURES

Exit code 1 when live and stepped do not agree.
"""
import datetime
import json
import pathlib
import sys
import tomllib

from intervals import wilson

AGREEMENT = "live and stepped agree"


def read(path):
    return json.loads(path.read_text())


def delay_steps(run):
    """The declared delay of a run directory or of a checkpoint in it."""
    config = next(path for path in (run / "config.toml", run.parent / "config.toml") if path.exists())
    return tomllib.loads(config.read_text())["contract"]["delay_steps"]


def percent(rate):
    return f"{100 * rate:.1f} %"


def agreement_rows(measured, num_pictures):
    parts = [read(measured / f"{name}.agreement.json") for name in ("policy", "random")]
    sums = {key: sum(part["agreement"][key] for part in parts)
            for key in ("episodes", "equal_episodes", "pictures", "equal_pictures", "pictures_of_one_tick",
                        "distinct_pictures")}
    failures = sum(count for part in parts for verdict, count in part["agreement"]["verdicts"].items()
                   if verdict != "success")
    policy = parts[0]["agreement"]
    yield (AGREEMENT, "episodes of the policy that end bit-equal in the stepped world", "all",
           f"{policy['equal_episodes']} of {policy['episodes']}", policy["equal_episodes"] == policy["episodes"])
    yield (AGREEMENT, "the same with those of random actions, failures included", "all, with failures",
           f"{sums['equal_episodes']} of {sums['episodes']}, {failures} of them failures",
           sums["equal_episodes"] == sums["episodes"] and failures > 0)
    yield (AGREEMENT, "captured pictures equal to the stepped picture of their tick, all pixels", f"all, {num_pictures:,} or more",
           f"{sums['equal_pictures']} of {sums['pictures']}; {sums['distinct_pictures']} different ones; for "
           f"{sums['pictures_of_one_tick']} the times leave one tick",
           sums["equal_pictures"] == sums["pictures"] >= num_pictures)
    yield (AGREEMENT, "recordings that `atoll check` calls ok", "all",
           ", ".join(part["recordings"][0]["verdict"] for part in parts),
           all(part["recordings"][0]["verdict"] == "ok" for part in parts))


def success_rows(measured):
    live = read(measured / "policy.json")
    stepped = {}
    for line in (measured / "stepped" / "episodes.jsonl").read_text().splitlines():
        record = json.loads(line)
        stepped[record["seed"]] = record["success"]
    n = len(live["episodes"])
    rate = live["successes"] / n
    pairs = [(episode["verdict"] == "success", stepped[episode["seed"]]) for episode in live["episodes"]]
    same = sum(b for _, b in pairs)
    name = "policy live in the captured window"
    measured_text = f"{percent(rate)} ({live['successes']} of {n})"
    for what, successes, count in (("all starts", sum(stepped.values()), len(stepped)), ("the same starts", same, n)):
        low, high = wilson(successes, count)
        yield (name, f"success, against stepped on {what}",
               f"in {percent(low)} .. {percent(high)} (stepped: {successes} of {count})", measured_text,
               low <= rate <= high)
    yield (name, "starts that only live play, only stepped play solved", "",
           f"{sum(a and not b for a, b in pairs)}, {sum(b and not a for a, b in pairs)} of {n}", None)
    misses = live["misses"] / live["questions"]
    yield (name, "answers that missed their step", "< 1 %",
           f"{percent(misses)} ({live['misses']} of {live['questions']})", misses < 0.01)


BENCH_BARS = {
    "action jitter by the guard's clock p99": 5.0,
    "action jitter seen by another X client p99": 5.0,
    "capture + injection of one step p50": 0.5,
    "capture + injection of one step p99": 1.5,
    "keys and buttons down at the end, seen by another X client": 0,
    "queue growth, second half over first": 0.5,
}


def bench_rows(bench):
    for figure in bench["figures"]:
        world, name = figure["name"].split(": ", 1)
        bar = BENCH_BARS.get(name)
        value = f"{figure['value']:.3g} {figure['unit']} [{figure['low']:.3g} .. {figure['high']:.3g}]"
        met = None if bar is None else figure["value"] <= bar if bar == 0 else figure["value"] < bar
        text = "" if bar is None else f"{'0' if bar == 0 else f'< {bar:g}'}"
        yield (f"live loop in {world}", name, text, value, met)


def table(rows):
    lines = []
    part = None
    for row in rows:
        if row[0] != part:
            part = row[0]
            lines += ["", f"## {part[0].upper()}{part[1:]}", "", "| what | bar | measured | met |", "|---|---|---|---|"]
        met = {True: "yes", False: "**no**", None: ""}[row[4]]
        lines.append(f"| {row[1]} | {row[2]} | {row[3]} | {met} |")
    return lines


def main(measured, results, num_pictures):
    bench = read(measured / "bench.json")
    live = read(measured / "policy.json")
    run = pathlib.Path(live["player"])
    rows = [*agreement_rows(measured, num_pictures), *success_rows(measured), *bench_rows(bench)]
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    text = [f"# Live and stepped, {date}", "",
            f"Made by `tools/studies/live.sh RUN` with the policy `{run.name}`, whose declared delay, live and stepped, is",
            f"{delay_steps(run)} action step(s). Commit {bench['commit']}; machine: {bench['machine']}.", "",
            "Every captured picture of every episode is compared, whole window pixels, with the tick that the window's",
            "log says was on the screen at that time. Figures of the live loop: median of five repeats, in brackets the",
            "smallest and the largest. Capture counts from the request for a picture to its last pixel; injection from",
            "when the step is to begin to when its events are with the display, so the guard's waking up is part of it.",
            *table(rows), ""]
    results.mkdir(parents=True, exist_ok=True)
    (results / "README.md").write_text("\n".join(text))
    del live["out"]
    live["player"] = run.name
    for name, content in {"bench.json": bench, "policy.json": live,
                          "agreement.json": {name: read(measured / f"{name}.agreement.json")["agreement"]
                                             for name in ("policy", "random")},
                          "stepped.json": read(measured / "stepped" / "results.json")}.items():
        (results / name).write_text(json.dumps(content, indent=1) + "\n")
    print("\n".join(table(rows)))
    return 0 if all(row[4] for row in rows if row[0] == AGREEMENT) else 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])))
