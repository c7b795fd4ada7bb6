"""Imports Doom's human demos and counts: demos.py QUICK FOLDER COMMAND [OUT] writes the study's results.

The demos' own lengths say how many frames there must be: tics of the lump, once for each player's view. Exit code 1 when
a bar is missed.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from doom_truth import lumps_of
from origin import origin, told, write_results

ATOLL = "build/release/bin/atoll"
WADS = [f"/usr/share/games/doom/{name}.wad" for name in ("freedoom1", "freedoom2", "freedm")]
VIEWS, FRAMES = 21, 73_876


def views_of(lump: bytes) -> tuple[int, int]:
    """How many players a demo has, and its tics: the format of version 109, read here independently."""
    players = sum(1 for flag in lump[9:13] if flag)
    end = 13
    while lump[end] != 0x80:
        end += 4 * players
    return players, (end - 13) // (4 * players)


def main() -> None:
    is_quick, folder, command = sys.argv[1] == "true", pathlib.Path(sys.argv[2]), sys.argv[3]
    lengths = [views_of(lumps_of(wad)[f"DEMO{i}"]) for wad in WADS for i in range(1, 5)]
    with tempfile.TemporaryDirectory() as passing:
        out = f"{sys.argv[4]}/demos" if len(sys.argv) > 4 else passing
        which = ["DEMO3", "--out", f"{out}/one"] if is_quick else ["--all", "--out", out]
        subprocess.run([ATOLL, "import", "doom-demo", *which], check=True, stdout=sys.stderr)
        recordings = sorted(str(path.parent) for path in pathlib.Path(out).glob("*/session.mcap"))
        check = subprocess.run([ATOLL, "check", *recordings, "--json"], stdout=subprocess.PIPE, text=True)
    checked = json.loads(check.stdout)["recordings"]
    frames = sum(r["frames"] for r in checked)
    good = sum(r["verdict"] == "ok" for r in checked)
    told_views = sum(players for players, _ in lengths)
    told_frames = sum(players * tics for players, tics in lengths)

    def figure(name: str, value: int, bar: str, met: bool) -> dict:
        return {"name": name, "value": value, "unit": "", "low": value, "high": value, "n": len(checked), "bar": bar, "met": met}

    figures = [
        figure("views imported", len(checked), f"exactly {VIEWS}", len(checked) == VIEWS == told_views),
        figure("frames imported", frames, f"exactly {FRAMES:,}", frames == FRAMES == told_frames),
        figure("recordings that `atoll check` proves", good, "all", good == len(checked)),
    ]
    found = {**origin(command), "figures": figures, "recordings": [{k: r[k] for k in ("path", "frames", "verdict")} for r in checked]}
    for r in found["recordings"]:
        r["path"] = pathlib.Path(r["path"]).name
    lines = ["# Doom's human demos, imported", "", told(found), "", "| | measured | bar | met |", "|---|---|---|---|"]
    lines += [f"| {f['name']} | {f['value']:,} | {f['bar']} | {'yes' if f['met'] else 'no'} |" for f in figures]
    write_results(folder, found, "\n".join(lines) + "\n")
    print("\n".join(lines[4:]))
    sys.exit(0 if all(f["met"] for f in figures) or is_quick else 1)


main()
