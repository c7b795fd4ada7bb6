"""The arms of skills.sh, their evaluations and their page."""

from __future__ import annotations

import json
import pathlib
import sys

from arms import Arm, Plan, calibrate, evaluate, outcomes, per_cent, rate, record_once, source, train
from arms import run as run_arms
from figures import figure
from origin import origin, told, write_results

CONFIG = "configs/playhouse_skills.toml"
SUITES = {"playhouse-basics": 7, "playhouse-studio": 20, "playhouse-flat": 21}  # and their tasks
MINUTES = (10, 30, 90)
UNASKED = Arm("unasked", "trained without language, 30 minutes", flags=("--no-language",), costs_like="minutes90")
GUIDANCE = (0, 0.5, 1, 2, 4)
DEMONSTRATIONS = (300, 1000, 3000, 10000)
SINGLE = ["look at", "go to", "pick up"]
# (suite, task): least success in per cent.
BARS = {**{("playhouse-basics", task): 97 for task in SINGLE},
        **{("playhouse-basics", f"{task}, unseen pairs"): 93 for task in ("go to", "pick up")},
        **{("playhouse-studio", task): 80 for task in ("put", "open", "switch", "push")},
        ("playhouse-studio", "sequence"): 50, ("playhouse-flat", "sequence"): 50, ("playhouse-flat", "rooms"): 50}
PAIRED_BAR = 20  # points, the lower bound of the difference to a control
HELD_OUT_SHARE = 0.9  # of the rate on what training asks for


def arm_of(minutes: int) -> Arm:
    return Arm(f"minutes{minutes}", f"{minutes} minutes on two cores", costs_like="" if minutes == MINUTES[-1] else "minutes90")


class Study:
    def __init__(self, atoll: str, out: pathlib.Path, minute_s: float, seeds: tuple[int, ...], episodes: int):
        self.atoll, self.out, self.minute_s, self.seeds, self.episodes = atoll, out, minute_s, seeds, episodes
        self.timed = (512, 1536) if minute_s >= 60 else (20, 60)

    def plan(self, minutes: float, cores: int = 1, starts: str = "held_out", **values) -> Plan:
        """Of runs that have two threads each and so many minutes of both, unless `cores` run at a time with one."""
        budget_s = minutes * self.minute_s * (2 if cores == 1 else 1)
        return Plan(self.atoll, self.out, values.get("config", CONFIG), budget_s, self.seeds, values.get("suites", ()), values.get("episodes", 0),
                    starts, cores, 2 if cores == 1 else 1, self.timed)

    def folder(self, arm: Arm, seed: int, what: str) -> pathlib.Path:
        return self.out / arm.name / f"{seed}-{what}"

    def few(self) -> int:  # starts of a task where a wide interval will do
        return min(100, self.episodes)

    def minutes(self) -> None:
        """The three agents, the one without language, and what they do."""
        calibrate(self.plan(MINUTES[-1]), arm_of(MINUTES[-1]))
        for seed in self.seeds:
            for minutes in MINUTES:
                self.learn_and_play(arm_of(minutes), minutes, seed, self.episodes if minutes == MINUTES[-1] else self.few())
            train(self.plan(30), UNASKED, seed)
            self.controls(seed)

    def learn_and_play(self, arm: Arm, minutes: int, seed: int, episodes: int) -> None:
        plan = self.plan(minutes)
        train(plan, arm, seed)
        for suite, tasks in SUITES.items():
            evaluate(plan, self.out / arm.name / str(seed), self.folder(arm, seed, suite), suite, episodes * tasks, "--no-controls")

    def controls(self, seed: int) -> None:
        arm, plan = arm_of(MINUTES[-1]), self.plan(MINUTES[-1])
        for suite, tasks in SUITES.items():
            evaluate(plan, self.out / arm.name / str(seed), self.folder(arm, seed, f"{suite}-controls"), suite, self.few() * tasks, "--no-language",
                     str(self.out / UNASKED.name / str(seed)))
        for guidance in GUIDANCE:
            suite = "playhouse-studio"
            evaluate(self.plan(MINUTES[-1], starts="development"), self.out / arm.name / str(seed), self.folder(arm, seed, f"guided-{guidance}"), suite,
                     self.few() * SUITES[suite], "--no-controls", "--set", f"policy.guidance={guidance}")

    def demonstrations(self) -> None:
        """The single room, from recordings of more and more episodes; each holds those of the smaller ones."""
        before = 0
        for count in DEMONSTRATIONS:
            tasks = (flag for task in SINGLE for flag in ("--task", task))
            number = count - before if self.minute_s >= 60 else 20
            record_once(self.atoll, self.out / "recordings" / f"{before}-{count}", number, *tasks, "--seed", str(before))
            before = count
        run_arms(self.room_plan(), self.room_arms())

    def room_plan(self) -> Plan:
        return self.plan(15, cores=2, config="configs/playhouse.toml", suites=("playhouse-basics",), episodes=self.few() * SUITES["playhouse-basics"])

    def room_arms(self) -> list[Arm]:
        arms, paths, before = [], [], 0
        for count in DEMONSTRATIONS:
            paths, before = [*paths, str(self.out / "recordings" / f"{before}-{count}")], count
            arms.append(Arm(f"demonstrations{count}", f"{count:,} recorded", flags=source(kind="replay", recordings=paths, families=SINGLE),
                            costs_like="" if count == DEMONSTRATIONS[0] else f"demonstrations{DEMONSTRATIONS[0]}"))
        return [*arms, Arm("fresh", "fresh ones without end", flags=source(families=SINGLE))]


# ---- The page.


def results_of(folder: pathlib.Path) -> dict:
    return json.loads((folder / "results.json").read_text())


def of_task(study: Study, arm: Arm, suite: str, task: str) -> tuple[float, float, float]:
    plan = study.plan(0)
    return rate(outcomes(plan, arm, suite, lambda t: t == task))


def tasks_of(study: Study, suite: str) -> list[str]:
    rows = results_of(study.folder(arm_of(MINUTES[-1]), study.seeds[0], suite))["rows"]
    return [row["task"] for row in rows if row["condition"] == "instructed" and row["task"] != "all"]


def least_difference(study: Study, suite: str, task: str) -> dict[str, dict]:
    """Instructed minus each control, of the seed where it is least."""
    found: dict[str, dict] = {}
    for seed in study.seeds:
        for row in results_of(study.folder(arm_of(MINUTES[-1]), seed, f"{suite}-controls"))["paired"]:
            if row["task"] == task and row["b"] in ("blank", "no_language") and (row["b"] not in found or row["low"] < found[row["b"]]["low"]):
                found[row["b"]] = row
    return found


def skill_rows(study: Study) -> list[dict]:
    rows = []
    for suite in SUITES:
        for task in tasks_of(study, suite):
            at = {minutes: of_task(study, arm_of(minutes), suite, task) for minutes in MINUTES}
            bar = BARS.get((suite, task))
            kind = task.partition(", unseen ")[2]
            if kind in ("pairs", "phrases") and bar is None:
                bar = 100 * HELD_OUT_SHARE * of_task(study, arm_of(MINUTES[-1]), suite, task.partition(",")[0])[0]
            rows.append({"suite": suite, "task": task, "at": at, "bar": bar, "differences": least_difference(study, suite, task),
                         "met": None if bar is None else 100 * at[MINUTES[-1]][0] >= bar})
    return rows


def points(row: dict | None) -> str:
    return "" if row is None else f"{100 * row['difference']:+.0f} [{100 * row['low']:+.0f} .. {100 * row['high']:+.0f}]"


def page_of(found: dict) -> str:
    lines = ["# What two cores learn in Playhouse", "", told(found), "",
             f"`{CONFIG}`, training seeds {', '.join(map(str, found['seeds']))}. Per cent of episodes on held-out starts with 95 % intervals over starts: "
             f"{found['episodes']} of each task for the agent of 90 minutes, else {found['few']}.",
             "Differences are paired, start by start, in points, of the training seed where they are least. A bar of unseen pairs and phrases without a bar of its own: 90 %",
             "of the rate on what training asks for.", ""]
    for suite in SUITES:
        lines += [f"## {suite}", "", "| task | 10 minutes | 30 minutes | 90 minutes | bar | met | less blank | less an agent without language |", "|---|---|---|---|---|---|---|---|"]
        for row in found["skills"]:
            if row["suite"] == suite:
                bar = "" if row["bar"] is None else f">= {row['bar']:.0f}"
                met = "" if row["met"] is None else "yes" if row["met"] else "**no**"
                lines.append(f"| {row['task']} | " + " | ".join(per_cent(row["at"][m]) for m in MINUTES) + f" | {bar} | {met} | "
                             + " | ".join(points(row["differences"].get(b)) for b in ("blank", "no_language")) + " |")
        lines.append("")
    lines += ["## Guidance", "", "The agent of 90 minutes in `playhouse-studio`, development starts.", "", "| lambda | success |", "|---|---|"]
    lines += [f"| {g['guidance']} | {per_cent(g['rate'])} |" for g in found["guidance"]]
    lines += ["", "## Goal head", "", "The agent of 90 minutes, held-out episodes, pictures close to success or far from it.", "",
              "| suite | seed | pictures | AUROC (>= .95) | calibration error (<= .05) |", "|---|---|---|---|---|"]
    lines += [f"| {g['suite']} | {g['seed']} | {g['pictures']:,} | {g['auroc']['value']:.3f} [{g['auroc']['low']:.3f} .. {g['auroc']['high']:.3f}] | "
              f"{g['calibration_error_mass']:.3f} |" for g in found["goal_head"]]
    lines += ["", "## Demonstrations", "", "`configs/playhouse.toml` on recorded episodes of the single room, 15 minutes of one core.", "",
              "| demonstrations | seen pairs | unseen pairs |", "|---|---|---|"]
    lines += [f"| {d['what']} | {per_cent(d['seen'])} | {per_cent(d['unseen'])} |" for d in found["demonstrations"]]
    return "\n".join(lines) + "\n"


def rate_figure(name: str, at: tuple[float, float, float], bar: float | None, n: int) -> dict:
    mean, low, high = (100 * v for v in at)
    return figure(name, mean, "%", low=low, high=high, n=n, bar=None if bar is None else f">= {bar:.0f} %", met=None if bar is None else mean >= bar)


def figures_of(found: dict) -> list[dict]:
    figures = [rate_figure(f"{row['suite']}: {row['task']}", row["at"][MINUTES[-1]], row["bar"], found["episodes"]) for row in found["skills"]]
    for row in found["skills"]:
        if "," not in row["task"]:
            for control, d in row["differences"].items():
                figures.append(figure(f"{row['suite']}: {row['task']}, less {control}, lower bound", 100 * d["low"], "points", n=found["few"],
                                      bar=f">= {PAIRED_BAR} points", met=100 * d["low"] >= PAIRED_BAR))
    for head in found["goal_head"]:
        area, error = head["auroc"], head["calibration_error_mass"]
        figures.append(figure(f"{head['suite']}: goal head, AUROC", area["value"], "", low=area["low"], high=area["high"], n=head["pictures"],
                              bar=">= .95", met=area["value"] >= 0.95))
        figures.append(figure(f"{head['suite']}: goal head, expected calibration error", error, "", n=head["pictures"], bar="<= .05", met=error <= 0.05))
    figures += [rate_figure(f"guidance {g['guidance']}, playhouse-studio", g["rate"], None, found["few"]) for g in found["guidance"]]
    for part in ("seen", "unseen"):
        figures += [rate_figure(f"single room, 15 minutes of one core, demonstrations: {d['what']}, {part} pairs", d[part], None, found["few"])
                    for d in found["demonstrations"]]
    return figures


def tell(study: Study, results: pathlib.Path, command: str) -> None:
    arm = arm_of(MINUTES[-1])
    guided = [{"guidance": g, "rate": rate({s: {(r["task"], r["index"]): r["success"] for line in
                                                (study.folder(arm, s, f"guided-{g}") / "episodes.jsonl").read_text().splitlines() if (r := json.loads(line))}
                                            for s in study.seeds})} for g in GUIDANCE]
    heads = [{"suite": suite, "seed": seed, **results_of(study.folder(arm, seed, suite)).get("goal_head", {}).get("clear", {})}
             for suite in SUITES for seed in study.seeds]
    room = study.room_plan()
    curve = [{"what": a.what, "seen": rate(outcomes(room, a, "playhouse-basics", lambda t: "," not in t)),
              "unseen": rate(outcomes(room, a, "playhouse-basics", lambda t: "unseen pairs" in t))} for a in study.room_arms()]
    found = {**origin(command), "seeds": study.seeds, "episodes": study.episodes, "few": study.few(), "skills": skill_rows(study), "guidance": guided,
             "goal_head": [h for h in heads if "auroc" in h], "demonstrations": curve}
    found["figures"] = figures_of(found)
    write_results(results, found, page_of(found))


def main() -> None:
    atoll, out, minute_s, seeds, episodes, only, results, command = sys.argv[1:]
    study = Study(atoll, pathlib.Path(out), float(minute_s), tuple(map(int, seeds.split())), int(episodes))
    parts = {"minutes": study.minutes, "demonstrations": study.demonstrations}
    for name in only.split() or parts:
        parts[name]()
    if only:
        print(f"{out} has {only}; without PARTS the rest is trained and the page is made", file=sys.stderr)
    else:
        tell(study, pathlib.Path(results), command)


if __name__ == "__main__":
    main()
