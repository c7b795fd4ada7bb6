"""Writes README.md beside soak.json: what the long soak found. Usage: soak.py FOLDER"""

import json
import pathlib
import platform
import subprocess
import sys


def processor():
    """The name of this machine's processor."""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def table(title, counts):
    """Two columns: what, how often."""
    rows = [f"| {title} | |", "|---|---|"]
    return rows + [f"| {name} | {count:,} |" for name, count in counts.items()] + [""]


def main():
    folder = pathlib.Path(sys.argv[1])
    found = json.loads((folder / "soak.json").read_text())
    memory = found["memory"]
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    lines = [
        f"# A long soak, {folder.name[:10]}",
        "",
        f"Made by `tools/studies/soak.sh`, seed {found['seed']}. Commit {commit}; machine: {processor()}, "
        f"{found['threads']} threads, {platform.system()} {platform.release()}.",
        "",
        "Random hands press and move in random houses. After every tick: is the whole body of each player on the "
        "house's floor (24 points of its circle, by the boxes of rooms and doorways, not by what physics thinks)? After "
        "every step: is every thing in the house, does the state's snapshot give it back, can it be drawn?",
        "",
        "| what | bar | measured | met |",
        "|---|---|---|---|",
        f"| steps without a crash | 10,000,000 | {found['steps']:,} ({found['ticks']:,} ticks, "
        f"{found['episodes']:,} episodes, {found['seconds']:.0f} s) | {'yes' if found['steps'] >= 10**7 else 'no'} |",
        f"| players in walls or outside, things outside, snapshots that differ | 0 | {len(found['problems'])} | "
        f"{'no' if found['problems'] else 'yes'} |",
        f"| resident memory, most in the second half over most in the first | flat: +4 MiB | "
        f"{memory['most_in_second_half_mib'] - memory['most_in_first_half_mib']:+.2f} MiB "
        f"({memory['most_in_first_half_mib']:.1f} to {memory['most_in_second_half_mib']:.1f}) | "
        f"{'yes' if memory['is_flat'] else 'no'} |",
        "",
    ]
    lines += [f"- {problem}" for problem in found["problems"]] + ([""] if found["problems"] else [])
    lines += table("episodes of level", found["episodes_of_level"])
    lines += table("verdict", found["verdicts"])
    lines += table("what happened", found["events"])
    lines += table("resident memory after steps, MiB", {f"{s['steps']:,}": round(s["resident_mib"], 1)
                                                        for s in memory["samples"]})
    (folder / "README.md").write_text("\n".join(lines))
    print("\n".join(lines[6:12]))


if __name__ == "__main__":
    main()
