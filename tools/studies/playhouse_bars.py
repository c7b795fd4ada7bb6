"""What was asked of Playhouse, as rows of a table: each knows its bar and where its number lies in a part's results."""

import dataclasses
from collections.abc import Callable
from typing import Any

Found = dict[str, Any]  # results.json of a part


@dataclasses.dataclass
class Measured:
    text: str
    met: bool | None  # None: not measured


@dataclasses.dataclass
class Row:
    what: str
    bar: str
    part: str  # of playhouse.sh
    read: Callable[[Found], Measured]


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


# ---- Figures of `atoll bench`: medians with their spread.


def figure(found: Found, bench: str, name: str) -> Found:
    return next(f for f in found["figures"][bench] if f["name"] == name)


def speed(what: str, bench: str, name: str, at_least: float) -> Row:
    def read(found: Found) -> Measured:
        f = figure(found, bench, name)
        return Measured(f"{number(f['value'])} [{number(f['low'])} .. {number(f['high'])}]", f["value"] >= at_least)

    return Row(what, f">= {at_least:,.0f} steps/s", "speed", read)


def duration(what: str, name: str, below_us: float) -> Row:
    def read(found: Found) -> Measured:
        f = figure(found, "world", name)
        return Measured(f"{number(f['value'])} us [{number(f['low'])} .. {number(f['high'])}]", f["value"] < below_us)

    return Row(what, f"< {below_us:,.0f} us", "speed", read)


def pool_gain(found: Found) -> Measured:
    gain = figure(found, "pool", "full: 2 threads by 1 thread")
    one, two = (figure(found, "pool", f"full: steps 96x72, {threads}")["value"] for threads in ("1 thread", "2 threads"))
    text = f"{gain['value']:.2f} [{gain['low']:.2f} .. {gain['high']:.2f}]: {number(one)} to {number(two)} steps/s"
    return Measured(text, gain["value"] >= 1.9)


def versus(part: str, name: str, scenarios: list[str]) -> list[Row]:
    def row(scenario: str, picture: str) -> Row:
        def read(found: Found) -> Measured:
            r = next(r for r in found["rows"] if (r["scenario"], r["picture"]) == (scenario, picture))
            return Measured(f"{r['ratio']:.2f} [{r['least_ratio']:.2f} .. {r['most_ratio']:.2f}]", r["ratio"] >= 3)

        return Row(f"times as fast as {name}'s {scenario}, {picture}, by turns on one core", ">= 3", part, read)

    return [row(scenario, picture) for scenario in scenarios for picture in ("160x120", "320x240")]


# ---- Rates, counts and tests.


def expert(suite: str, task: str, least: float) -> Row:
    def read(found: Found) -> Measured:
        r = next(r for r in found["rows"] if (r["suite"], r["task"]) == (suite, task))
        text = f"{100 * r['rate']:.1f} % [{100 * r['low']:.1f} .. {100 * r['high']:.1f}], n = {r['n']}, {r['seeds']} seeds"
        return Measured(text, r["rate"] >= least and r["n"] >= 500 and r["seeds"] == "held_out")

    who = "the expert" if suite == "house" else "two experts"
    return Row(f"{who}: {task}", f">= {100 * least:.0f} %, n >= 500", "experts", read)


def check(what: str, name: str) -> Row:
    def read(found: Found) -> Measured:
        c = next(c for c in found["checks"] if c["name"] == name)
        if c["passed"] is None:
            return Measured(f"not run: {c['why']}", None)
        return Measured(f"{'passed' if c['passed'] else 'failed'}: `{c['command']}`", c["passed"])

    return Row(what, "all", "checks", read)


def referee(found: Found) -> Measured:
    return Measured(f"{found['agreed']:,} of {found['ends']:,} agree", found["ends"] >= 50_000 and found["agreed"] == found["ends"])


def motion(found: Found) -> Measured:
    people, *experts = found["columns"]
    rows = ("turn rate, median / p90", "pauses, median / p90", "walks, median / p90")
    told = [f"{row.split(',')[0]}: " + ", ".join(found["columns"][c][row] for c in (people, *experts)) for row in rows]
    return Measured("; ".join(told) + f" ({people}, {', '.join(experts)})", True)


def things(found: Found) -> Measured:
    row = next(r for r in found["rows"] if r["things"] == "all")
    kinds = " x ".join(map(str, found["kinds"]))
    return Measured(f"{100 * row['both']:.2f} % of {row['n']:,}, {kinds} kinds", row["both"] >= 0.99)


def templates(found: Found) -> Measured:
    told = found["page"]
    met = told["families"] == 12 and told["templates"] >= 150 and told["least"] >= 5 and told["most"] <= 20
    text = f"{told['families']} families, {told['templates']} templates, {told['least']} to {told['most']} a clause"
    return Measured(text, met)


def levels(found: Found) -> Measured:
    told = found["page"]["rooms_and_things"]
    met = told["room"].startswith("1 ") and told["house"] == "4 to 6 | 20 to 40"
    names = ("room", "flat", "house")
    return Measured("; ".join(f"{level}: {told[level].replace(' | ', ' and ')}" for level in names), met)


def kinds(found: Found) -> Measured:
    return Measured(" x ".join(map(str, found["kinds"])), found["kinds"] == [9, 8, 2])


def soak_steps(found: Found) -> Measured:
    return Measured(f"{found['steps']:,} steps, {found['episodes']:,} episodes", found["steps"] >= 10_000_000)


def soak_problems(found: Found) -> Measured:
    return Measured(f"{len(found['problems'])} in {found['ticks']:,} ticks", not found["problems"])


def soak_memory(found: Found) -> Measured:
    memory = found["memory"]
    growth = memory["most_in_second_half_mib"] - memory["most_in_first_half_mib"]
    return Measured(f"{growth:+.2f} MiB in the second half, {memory['most_in_second_half_mib']:.1f} MiB", memory["is_flat"])


def windowed_equal(found: Found) -> Measured:
    met = found["bit_equal"] == found["episodes"] >= 500
    return Measured(f"{found['bit_equal']} of {found['episodes']}", met)


def windowed_verdicts(found: Found) -> Measured:
    share = found["verdicts_agree"] / found["sent_again"]
    return Measured(f"{100 * share:.1f} % of {found['sent_again']}", share >= 0.98)


def demo(found: Found) -> Measured:
    return Measured(f"{found['seconds'] // 60} min {found['seconds'] % 60} s", found["seconds"] <= 25 * 60)


FAMILIES = ["look at", "go to", "rooms", "pick up", "drop", "put", "open", "switch", "push", "build", "menu", "sequence"]
MINIWORLD = ["MiniWorld-FourRooms-v0", "MiniWorld-PickupObjects-v0"]

SECTIONS: dict[str, list[Row]] = {
    "World": [
        Row("rooms and movable things by level", "1 to 6; 20 to 40", "checks", levels),
        Row("shapes x colours x sizes of things", "9 x 8 x 2", "things", kinds),
        check("4,000 houses of each level keep all promises of rooms, furniture and things", "houses"),
        check("starts of every level, family and split: nothing is done yet; training asks for nothing that is held out", "starts"),
    ],
    "Language": [
        Row("skill families; templates; paraphrases of a clause", "12; about 150; 5 to 20", "checks", templates),
        check("instructions that parse back to their goal: 100,000 of 100,000", "parser"),
        check("what is not understood is told with the nearest thing that is", "typing"),
    ],
    "Judging": [
        Row("ends of episodes on which an independent referee agrees", "50,000 of 50,000", "referee", referee),
    ],
    "Expert": [
        *[expert("house", family, 0.99) for family in FAMILIES],
        Row("turns, pauses and walks beside those of people's recordings", "reported", "motion", motion),
    ],
    "Speed": [
        speed("full house, one core, 96x72", "world", "full: steps 96x72", 20_000),
        speed("full house, one core, 160x120", "world", "full: steps 160x120", 12_000),
        speed("full house, one core, 256x144", "world", "full: steps 256x144", 5_000),
        speed("the same, labelled by the expert, 96x72", "world", "full: steps 96x72 labelled by the expert, 1 action", 4_000),
        duration("reset, full house", "full: resets", 1_000),
        Row("pool, from 1 to 2 cores", ">= 1.9 times", "speed", pool_gain),
        *versus("vizdoom", "ViZDoom", ["my_way_home", "basic", "my_way_home, 4 tics", "basic, 4 tics"]),
        *versus("miniworld", "MiniWorld", MINIWORLD),
    ],
    "Pictures": [
        Row("things told apart at 3 m in 96x72, shape and colour, by a small network", ">= 99 %", "things", things),
    ],
    "Two players": [
        *[expert("pair", family, 0.95) for family in ("hand over", "together", "help")],
        check("each player with a view and hands, in the stepped world and in the pool", "two_players"),
        check("two windows share a house", "two_windows"),
    ],
    "Snapshots and scenarios": [
        duration("save and restore a state, with its picture of 96x72", "full: snapshot and restore, with the picture 96x72", 100),
        check("a snapshot goes on as the original did", "snapshots"),
        check("scenario files replay bit for bit", "scenarios"),
        check("the same compiled for AVX2", "scenarios_avx2"),
        check("the same on valgrind's processor", "scenarios_valgrind"),
    ],
    "For others": [
        speed("over ZeroMQ, 96x72, 8 in flight, the room", "remote", "room: steps 96x72, 8 in flight, 2 workers", 10_000),
        speed("over ZeroMQ, 96x72, 8 in flight, the full house", "remote", "full: steps 96x72, 8 in flight, 2 workers", 10_000),
        speed("the room from Python, gymnasium's VectorEnv, 8 in flight", "python", "room: VectorEnv, 8 in flight", 10_000),
        check("gymnasium.utils.env_checker finds nothing wrong", "gymnasium"),
        check("10,000 malformed, oversized and replayed messages are refused, others undisturbed", "bad_messages"),
    ],
    "Bits, soak, demo": [
        check("1,000 episodes hashed on 1 and 2 threads, release", "hashes"),
        check("the same hashes with address and undefined-behaviour sanitizers", "hashes_asan"),
        Row("windowed episodes whose tick logs replay bit-equal in the stepped world", "all of >= 500", "windowed", windowed_equal),
        Row("the same inputs sent again through X: verdicts that agree", ">= 98 %", "windowed", windowed_verdicts),
        Row("soak: random steps over random seeds without a crash", "10,000,000", "soak", soak_steps),
        Row("soak: players in walls or outside, states that do not come back", "0", "soak", soak_problems),
        Row("soak: memory", "flat", "soak", soak_memory),
        Row("demo: wall time after set-up and build", "<= 25 min", "demo", demo),
    ],
}


# ---- Where the time goes.


def time_table(found: Found) -> list[str]:
    """Of a step in the full house, against what no way of drawing could do without."""
    try:
        ticks = figure(found, "world", "full: four ticks and the verdict")["value"]
        triangle_us = figure(found, "world", "one small triangle set up and filled")["value"] / 1000
        lines = [
            "### Where the time goes",
            "",
            "One step in the full house, us, medians. The lower bound of a picture: its colours and depths are written once, "
            "and its triangles are set up, each as small as they come "
            f"({1000 * triangle_us:.0f} ns). Walls and floors are no triangles; their textures and light are not in the bound.",
            "",
            "| picture | step | four ticks and verdict | picture drawn | memory | triangles | bound | drawn / bound |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for size in ("96x72", "160x120", "256x144", "320x240"):
            step = 1e6 / figure(found, "world", f"full: steps {size}")["value"]
            drawn = figure(found, "world", f"full: picture {size}")["value"]
            memory = figure(found, "world", f"full: picture {size}: colours and depths written once")["value"]
            triangles = figure(found, "world", f"full: picture {size}: triangles set up")["value"]
            bound = memory + triangles * triangle_us
            cells = [f"{step:.1f}", f"{ticks:.1f}", f"{drawn:.1f}", f"{memory:.2f}"]
            cells += [f"{triangles:.0f} x {1000 * triangle_us:.0f} ns", f"{bound:.1f}", f"{drawn / bound:.1f}"]
            lines.append(f"| {size} | " + " | ".join(cells) + " |")
        lines += ["", "Which part of a picture takes how long, and what was tried: [renderer](2026-11-22-renderer/)."]
        return lines + [""]
    except (KeyError, StopIteration):
        return []
