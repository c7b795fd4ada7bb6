"""torchcodec's side of torchcodec.sh: torchcodec_side.py ATOLL TURNS EPISODES WINDOWS FOLDER COMMAND.

Run as `torchcodec_side.py --read LIST WIDTHxHEIGHT OUT` it reads the windows of a list (tests/video/read_windows.cpp says
what stands there) with torchcodec alone and prints {"seconds", "pictures"}: in a process of its own, pinned to the core
that Atoll has when it is its turn.
"""

from __future__ import annotations

import dataclasses
import json
import math
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

from origin import origin, told, write_results

CORE = "0"
BAR = 2.0
SIZE = (96, 72)
COUNTS = [1, 8]
COLOURS = {"4:4:4": [], "4:2:0": ["--set", 'record.chroma="420"']}
SIDES = ["torchcodec", "video", "cache"]


def read_with_torchcodec(task: str, size: str, out: str) -> None:
    import torch
    from torchcodec.decoders import VideoDecoder
    from torchcodec.transforms import Resize

    torch.set_num_threads(1)
    width, height = map(int, size.split("x"))
    lines = [line.split() for line in pathlib.Path(task).read_text().splitlines()]
    # Resized by the decoder, its fastest way.
    decoders = [
        VideoDecoder(f"{line[1]}/video.mp4", dimension_order="NHWC", num_ffmpeg_threads=1, transforms=[Resize((height, width))])
        for line in lines
        if line[0] == "recording"
    ]
    windows = [tuple(map(int, line[1:])) for line in lines if line[0] == "window"]
    pixels = torch.zeros((sum(count for _, _, count in windows), height, width, 3), dtype=torch.uint8)
    done, begin = 0, time.process_time()
    for recording, first, count in windows:
        pixels[done : done + count] = decoders[recording].get_frames_in_range(first, first + count).data
        done += count
    print(json.dumps({"seconds": time.process_time() - begin, "pictures": done}))
    pathlib.Path(out).write_bytes(pixels.numpy().tobytes())


@dataclasses.dataclass
class Case:
    colour: str
    count: int
    task: pathlib.Path
    cache: pathlib.Path
    us: dict[str, list[float]]  # of each side, of each turn: processor time of a picture


def pinned(command: list[str]) -> dict:
    told_last = subprocess.run(["taskset", "-c", CORE, *command], check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(told_last.splitlines()[-1])


def run(side: str, case: Case, read_windows: str, out: pathlib.Path) -> float:
    size = f"{SIZE[0]}x{SIZE[1]}"
    if side == "torchcodec":
        found = pinned([sys.executable, __file__, "--read", str(case.task), size, str(out)])
    else:
        found = pinned([read_windows, side, str(case.task), size, str(case.cache), str(out)])
    return 1e6 * found["seconds"] / found["pictures"]


def record(atoll: str, folder: pathlib.Path, colour: str, episodes: int) -> None:
    size = ["--set", "record.video=true", "--set", "world.frame_width_px=640", "--set", "world.frame_height_px=480"]
    command = [atoll, "record", "playhouse", "--episodes", str(episodes), "--out", str(folder), *size, *COLOURS[colour]]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def num_pictures(video: pathlib.Path) -> int:
    from torchcodec.decoders import VideoDecoder

    return VideoDecoder(str(video)).metadata.num_frames


def create_cases(atoll: str, scratch: pathlib.Path, episodes: int, windows: int) -> list[Case]:
    draw = random.Random(1)
    cases = []
    for colour in COLOURS:
        recording = scratch / colour.replace(":", "")
        print(f"record {episodes} episodes at 640x480, {colour}", file=sys.stderr)
        record(atoll, recording, colour, episodes)
        pictures = num_pictures(recording / "video.mp4")
        for count in COUNTS:
            firsts = [draw.randrange(pictures - count + 1) for _ in range(windows)]
            task = scratch / f"{recording.name}-{count}.txt"
            task.write_text("\n".join([f"recording {recording}", *(f"window 0 {first} {count}" for first in firsts)]) + "\n")
            cases.append(Case(colour, count, task, scratch / f"{recording.name}.cache", {side: [] for side in SIDES}))
    return cases


def mean_difference(ours: pathlib.Path, theirs: pathlib.Path) -> float:
    """Grey levels between the two sides' pictures: BGRA and RGB, and two ways to shrink."""
    import numpy

    shape = (-1, SIZE[1], SIZE[0])
    a = numpy.frombuffer(ours.read_bytes(), dtype=numpy.uint8).reshape(*shape, 4)[..., 2::-1]
    b = numpy.frombuffer(theirs.read_bytes(), dtype=numpy.uint8).reshape(*shape, 3)
    return float(numpy.abs(a.astype(int) - b).mean())


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):,.0f} [{min(values):,.0f} .. {max(values):,.0f}]"


def ratios(cases: list[dict], side: str, write: bool, turns: int) -> list[float]:
    """torchcodec's time over ours, the geometric mean over the cases, of each turn."""

    def ours(case: dict, turn: int) -> float:
        return case["us"][side][turn] + (case["write_us"] if write else 0)

    return [
        math.prod(case["us"]["torchcodec"][turn] / ours(case, turn) for case in cases) ** (1 / len(cases)) for turn in range(turns)
    ]


def page_of(found: dict) -> str:
    lines = [
        "# Random windows of recordings: Atoll and torchcodec",
        "",
        told(found),
        "",
        f"torchcodec {found['torchcodec']}, one FFmpeg thread, resized by its decoder; Atoll's own reader and its training cache. "
        f"Recordings of Playhouse at 640x480 as `atoll record` writes them, {found['windows']} windows at random of each, pictures of "
        "96x72 in uint8, files open before. Microseconds of one core a picture, by turns: median [least .. most] over "
        f"{found['turns']} turns.",
        "",
        "| colour | pictures a window | torchcodec | Atoll, video | Atoll, cache | the cache's writing, once a picture | "
        "torchcodec over video | torchcodec over cache | grey levels apart |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for case in found["cases"]:
        us = case["us"]
        middle = {side: statistics.median(us[side]) for side in SIDES}
        lines.append(
            f"| {case['colour']} | {case['count']} | {spread(us['torchcodec'])} | {spread(us['video'])} | "
            f"{statistics.median(us['cache']):.1f} [{min(us['cache']):.1f} .. {max(us['cache']):.1f}] | {case['write_us']:,.0f} | "
            f"{middle['torchcodec'] / middle['video']:.2f} | {middle['torchcodec'] / middle['cache']:.0f} | {case['apart']:.1f} |"
        )
    written = found["written"]
    lines += [
        "",
        f"The caches were written once: {written['pictures']} pictures in {written['seconds']:.1f} s of one core. `torchcodec-epoch` "
        "counts that, too: an epoch that writes the cache and reads each picture once.",
        "",
    ]
    for figure in found["figures"]:
        lines.append(f"ratio {figure['name']} {figure['value']:.3f} {figure['low']:.3f} {figure['high']:.3f}")
    return "\n".join(lines) + "\n"


def measure(cases: list[Case], turns: int, read_windows: str, scratch: pathlib.Path) -> list[dict]:
    size = f"{SIZE[0]}x{SIZE[1]}"
    by_colour = {case.colour: case for case in cases}
    written = {
        colour: pinned([read_windows, "write", str(case.task), size, str(case.cache)]) for colour, case in by_colour.items()
    }
    apart = {}
    for turn in range(turns):
        for i, case in enumerate(cases):
            for side in SIDES if turn % 2 == 0 else SIDES[::-1]:
                print(f"turn {turn + 1} of {turns}: {side}, {case.colour}, {case.count} pictures", file=sys.stderr)
                case.us[side].append(run(side, case, read_windows, scratch / f"{side}.bin"))
            if (scratch / "video.bin").read_bytes() != (scratch / "cache.bin").read_bytes():
                raise SystemExit("torchcodec.sh: cache and video give different pictures")
            apart[i] = mean_difference(scratch / "video.bin", scratch / "torchcodec.bin")
    return [
        {
            "colour": case.colour,
            "count": case.count,
            "us": case.us,
            "written": written[case.colour],
            "write_us": 1e6 * written[case.colour]["seconds"] / written[case.colour]["pictures"],
            "apart": apart[i],
        }
        for i, case in enumerate(cases)
    ]


def figure_of(name: str, unit: str, values: list[float]) -> dict:
    value = statistics.median(values)
    bar = f"random windows of the same files: >= {BAR:.0f}"
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "low": min(values),
        "high": max(values),
        "n": len(values),
        "bar": bar,
        "met": value >= BAR,
    }


def main() -> None:
    if sys.argv[1] == "--read":
        return read_with_torchcodec(*sys.argv[2:])
    import torchcodec

    atoll, turns, episodes, windows, folder, command = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="atoll-torchcodec") as scratch:
        cases = create_cases(atoll, pathlib.Path(scratch), int(episodes), int(windows))
        found_cases = measure(cases, int(turns), str(pathlib.Path(atoll).parent / "read_windows"), pathlib.Path(scratch))
    caches = {case["colour"]: case["written"] for case in found_cases}.values()
    unit = "processor time of torchcodec over Atoll's"
    found = {
        **origin(command),
        "torchcodec": torchcodec.__version__,
        "turns": int(turns),
        "windows": int(windows),
        "cases": found_cases,
        "written": {key: sum(cache[key] for cache in caches) for key in ("pictures", "seconds")},
        "figures": [
            figure_of("torchcodec-video", f"{unit} decoder", ratios(found_cases, "video", False, int(turns))),
            figure_of("torchcodec-epoch", f"{unit} cache, its writing included", ratios(found_cases, "cache", True, int(turns))),
            figure_of("torchcodec", f"{unit} cache", ratios(found_cases, "cache", False, int(turns))),
        ],
    }
    write_results(pathlib.Path(folder), found, page_of(found))


main()
