"""Atoll's capture and ffmpeg's x11grab by turns: x11grab_side.py TURNS SECONDS FOLDER COMMAND writes the results."""

from __future__ import annotations

import contextlib
import math
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from origin import origin, told, write_results

BIN = pathlib.Path("build/release/bin")
RATE = 30
SETTINGS = [((640, 480), "ultrafast"), ((1280, 720), "ultrafast"), ((1280, 720), "veryfast")]
WARM_UP = 1.0  # seconds of a run that are taken off, with all that starting costs


def server_cpu(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def film(size: tuple[int, int]) -> Iterator[tuple[str, int]]:
    """A screen with a window of `size` at its corner that shows a moving picture, 60 a second: display, server's pid."""
    get, put = os.pipe()
    screen = f"{size[0]}x{size[1]}x24"
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(put), "-screen", "0", screen, "-nolisten", "tcp", "-noreset"],
        pass_fds=[put],
        stderr=subprocess.DEVNULL,
    )
    os.close(put)
    program = None
    try:
        display = f":{os.read(get, 16).decode().strip()}"
        program = subprocess.Popen(
            [BIN / "counter_program", str(size[0]), str(size[1]), "60", "film", "0", "0"],
            env={**os.environ, "DISPLAY": display, "SDL_VIDEODRIVER": "x11"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if program.stdout.readline() != "up\n":
            raise SystemExit("x11grab_side: the moving picture did not start")
        program.stdin.write("film\n")
        program.stdin.flush()
        yield display, server.pid
    finally:
        for process in [program, server]:
            if process:
                process.terminate()
                process.wait()


def command_of(side: str, display: str, size: tuple[int, int], preset: str, seconds: float, out: str) -> list[str]:
    if side == "atoll":
        return [str(BIN / "capture_encode"), display, "film", str(RATE), preset, str(seconds), out]
    grab = f"-f x11grab -draw_mouse 0 -framerate {RATE} -video_size {size[0]}x{size[1]} -i {display} -t {seconds}"
    encode = f"-c:v libx264 -preset {preset} -crf 23 -g 15 -bf 0 -threads 1 -pix_fmt yuv420p"
    file = "-movflags +frag_keyframe+empty_moov+default_base_moof"
    return f"ffmpeg -nostdin -hide_banner -loglevel error {grab} {encode} {file} {out}".split()


def client_cpu(command: list[str]) -> float:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"x11grab_side: {' '.join(command)} failed with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def num_pictures(file: str) -> int:
    count = "-select_streams v -count_packets -show_entries stream=nb_read_packets -of csv=p=0"
    out = subprocess.run(["ffprobe", "-v", "error", *count.split(), file], check=True, capture_output=True, text=True)
    return int(re.findall(r"\d+", out.stdout)[0])


def record(side: str, size: tuple[int, int], preset: str, seconds: float) -> dict[str, float]:
    """CPU seconds per recorded second, pictures a second, bytes a second."""
    with film(size) as (display, server), tempfile.TemporaryDirectory() as folder:
        short, long = f"{folder}/short.mp4", f"{folder}/long.mp4"
        start = client_cpu(command_of(side, display, size, preset, WARM_UP, short))
        before, begin = server_cpu(server), time.monotonic()
        client = client_cpu(command_of(side, display, size, preset, WARM_UP + seconds, long))
        served = (server_cpu(server) - before) / (time.monotonic() - begin)
        time.sleep(0.5)
        before, begin = server_cpu(server), time.monotonic()
        time.sleep(min(2.0, seconds))
        idle = (server_cpu(server) - before) / (time.monotonic() - begin)
        return {
            "client": (client - start) / seconds,
            "server": served - idle,
            "pictures": (num_pictures(long) - num_pictures(short)) / seconds,
            "kilobytes": (os.path.getsize(long) - os.path.getsize(short)) / seconds / 1e3,
        }


def cost(run: dict[str, float]) -> float:
    return run["client"] + max(0.0, run["server"])


def middle(runs: list[dict[str, float]], key: str, digits: int = 3) -> str:
    values = [run[key] for run in runs]
    return f"{statistics.median(values):.{digits}f} [{min(values):.{digits}f} .. {max(values):.{digits}f}]"


def page_of(found: dict) -> str:
    lines = [
        "# Capture and encoding: Atoll and ffmpeg's x11grab",
        "",
        told(found),
        "",
        f"{found['turns']} turns of {found['seconds']} s each by turns, x264 crf 23, keyframe each 15 pictures, 4:2:0, one "
        f"thread, {RATE} pictures a second of a film that changes 60 times a second. Median [least .. most].",
        "Start-up is taken off. X server: what it takes more than without a recorder.",
        "",
        "| size | preset | side | client, CPU s/s | X server, CPU s/s | pictures/s | kB/s | ffmpeg over Atoll |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in found["rows"]:
        for side in ("atoll", "ffmpeg"):
            runs = row[side]
            ratio = f"{row['ratio']:.2f}" if side == "atoll" else ""
            lines.append(
                f"| {row['size']} | {row['preset']} | {side} | {middle(runs, 'client')} | {middle(runs, 'server')} | "
                f"{middle(runs, 'pictures', 1)} | {middle(runs, 'kilobytes', 0)} | {ratio} |"
            )
    figure = found["figures"][0]
    if found["is_too_busy"]:
        lines += ["", "**Not all pictures were recorded: the machine was too busy, and these are no measurements.**"]
    lines += ["", f"ratio x11grab {figure['value']:.3f} {figure['low']:.3f} {figure['high']:.3f}"]
    return "\n".join(lines) + "\n"


def main() -> None:
    turns, seconds = int(sys.argv[1]), float(sys.argv[2])
    rows = [{"size": f"{w}x{h}", "preset": preset, "atoll": [], "ffmpeg": []} for (w, h), preset in SETTINGS]
    for turn in range(turns):
        for row, (size, preset) in zip(rows, SETTINGS):
            for side in ("atoll", "ffmpeg") if turn % 2 == 0 else ("ffmpeg", "atoll"):
                print(f"turn {turn + 1} of {turns}: {side} {row['size']} {preset}", file=sys.stderr)
                row[side].append(record(side, size, preset, seconds))
    for row in rows:
        row["ratio"] = statistics.median(cost(f) / cost(a) for a, f in zip(row["atoll"], row["ffmpeg"]))
    means = [
        math.prod(cost(row["ffmpeg"][t]) / cost(row["atoll"][t]) for row in rows) ** (1 / len(rows)) for t in range(turns)
    ]
    value = statistics.median(means)
    runs = [run for row in rows for side in ("atoll", "ffmpeg") for run in row[side]]
    is_too_busy = any(run["pictures"] < 0.95 * RATE for run in runs)
    figure = {
        "name": "x11grab",
        "value": value,
        "unit": "CPU of ffmpeg over CPU of Atoll",
        "low": min(means),
        "high": max(means),
        "n": turns,
        "bar": "CPU not above ffmpeg's at equal size, rate and preset: >= 1",
        "met": value >= 1 and not is_too_busy,
    }
    found = {**origin(sys.argv[4]), "turns": turns, "seconds": seconds, "rows": rows, "is_too_busy": is_too_busy, "figures": [figure]}
    write_results(pathlib.Path(sys.argv[3]), found, page_of(found))


main()
