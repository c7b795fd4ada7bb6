"""Tells what the long soak found: soak.py FOUND_JSON FOLDER COMMAND writes the study's results."""

import json
import pathlib
import sys

from origin import origin, told, write_results


def table(title, counts):
    """Two columns: what, how often."""
    rows = [f"| {title} | |", "|---|---|"]
    return rows + [f"| {name} | {count:,} |" for name, count in counts.items()] + [""]


def page_of(found):
    memory = found["memory"]
    growth = memory["most_in_second_half_mib"] - memory["most_in_first_half_mib"]
    lines = [
        "# A long soak",
        "",
        told(found),
        "",
        f"Seed {found['seed']}, {found['threads']} threads. Random hands press and move in random houses. After every tick: "
        "is the whole body of each player on the house's floor (24 points of its circle, by the boxes of rooms and doorways, "
        "not by what physics thinks)? After every step: is every thing in the house, does the state's snapshot give it back, "
        "can it be drawn?",
        "",
        "| what | bar | measured | met |",
        "|---|---|---|---|",
        f"| steps without a crash | 10,000,000 | {found['steps']:,} ({found['ticks']:,} ticks, "
        f"{found['episodes']:,} episodes, {found['seconds']:.0f} s) | {'yes' if found['steps'] >= 10**7 else 'no'} |",
        f"| players in walls or outside, things outside, snapshots that differ | 0 | {len(found['problems'])} | "
        f"{'no' if found['problems'] else 'yes'} |",
        f"| resident memory, most in the second half over most in the first | flat: +4 MiB | {growth:+.2f} MiB "
        f"({memory['most_in_first_half_mib']:.1f} to {memory['most_in_second_half_mib']:.1f}) | "
        f"{'yes' if memory['is_flat'] else 'no'} |",
        "",
    ]
    lines += [f"- {problem}" for problem in found["problems"]] + ([""] if found["problems"] else [])
    lines += table("episodes of level", found["episodes_of_level"])
    lines += table("verdict", found["verdicts"])
    lines += table("what happened", found["events"])
    samples = {f"{s['steps']:,}": round(s["resident_mib"], 1) for s in memory["samples"]}
    lines += table("resident memory after steps, MiB", samples)
    return "\n".join(lines)


def main():
    raw, folder, command = sys.argv[1:]
    found = {**origin(command), **json.loads(pathlib.Path(raw).read_text())}
    write_results(pathlib.Path(folder), found, page_of(found))


main()
