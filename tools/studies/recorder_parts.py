"""What the recorder's study measures with: displays, windows, recorders, and the tools that prove what they left."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any

ATOLL = pathlib.Path(os.environ.get("ATOLL_BIN", "build/release/bin")) / "atoll"
TICK = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def display(width: int, height: int) -> Iterator[str]:
    """An X server of one's own on a free number."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    number = ""
    while not number.endswith("\n"):  # closed before that comes, the pipe would end the server
        said = os.read(read, 32).decode()
        if not said:
            raise RuntimeError("Xvfb did not come up")
        number += said
    number = number.strip()
    os.close(read)
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def program(command: list[str], **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.terminate()
            try:
                started.wait(10)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


MINETEST = """screen_w = {width}
screen_h = {height}
fps_max = 60
fps_max_unfocused = 60
vsync = false
viewing_range = 60
enable_shaders = false
smooth_lighting = false
enable_clouds = false
enable_sound = false
pause_on_lost_focus = false
fixed_map_seed = 42
"""
WORLD = """gameid = minetest_game
backend = sqlite3
player_backend = sqlite3
auth_backend = sqlite3
mod_storage_backend = sqlite3
world_name = w1
creative_mode = true
enable_damage = false
"""


@contextlib.contextmanager
def minetest(screen: str, width: int, height: int) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryDirectory() as home:
        world = pathlib.Path(home) / "world"
        world.mkdir()
        (world / "world.mt").write_text(WORLD)
        (pathlib.Path(home) / "mt.conf").write_text(MINETEST.format(width=width, height=height))
        command = ["/usr/games/minetest", "--go", "--world", str(world), "--name", "player1", "--config", f"{home}/mt.conf"]
        with program(command, DISPLAY=screen, HOME=home, SDL_AUDIODRIVER="dummy") as game:
            time.sleep(25)  # it builds the world around the player first
            yield game


DOOM = """videomode "Software"
screen_resolution "{width}x{height}"
render_screen_multiply 1
render_vsync 0
uncapped_framerate {uncapped}
dsda_fps_limit {frame_rate}
use_fullscreen 0
"""


@contextlib.contextmanager
def doom(screen: str, width: int = 640, height: int = 480, frame_rate: int = 0) -> Iterator[subprocess.Popen[bytes]]:
    """Its demos play by themselves: a picture that always changes, so many times a second (0: 35 times, as its world)."""
    with tempfile.TemporaryDirectory() as home:
        settings = pathlib.Path(home) / "dsda-doom.cfg"
        settings.write_text(DOOM.format(width=width, height=height, frame_rate=frame_rate, uncapped=int(frame_rate > 0)))
        command = ["/usr/games/dsda-doom", "-config", str(settings), "-iwad", "/usr/share/games/doom/freedoom1.wad", "-vidmode", "software",
                   "-window", "-geometry", f"{width}x{height}", "-nosound", "-nomusic"]
        with program(command, DISPLAY=screen, HOME=home, SDL_AUDIODRIVER="dummy") as game:
            wait_for(lambda: run(["xdotool", "search", "--class", "dsda-doom"], DISPLAY=screen).returncode == 0, 20)
            time.sleep(2)
            yield game


def wait_for(is_true: Any, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_true():
            return True
        time.sleep(0.05)
    return False


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


class Player(threading.Thread):
    """Turns and walks for as long as it lives, through XTest: a picture that moves, and input."""

    def __init__(self, screen: str) -> None:
        super().__init__(daemon=True)
        self.screen, self.done = screen, threading.Event()

    def run(self) -> None:
        with subprocess.Popen(["xdotool", "-"], stdin=subprocess.PIPE, env={**os.environ, "DISPLAY": self.screen}, text=True) as tool:
            step = 0
            while not self.done.wait(0.016):
                lines = f"mousemove_relative -- {12 if step % 400 < 200 else -12} {2 if step % 100 < 50 else -2}\n"
                if step % 120 == 0:
                    lines += "keydown w\n"
                if step % 120 == 60:
                    lines += "keyup w\n"
                tool.stdin.write(lines)
                tool.stdin.flush()
                step += 1
            tool.stdin.write("keyup w\n")
            tool.stdin.close()


class Recorder:
    """`atoll record window:NAME`; its CPU time and memory as the system tells them."""

    def __init__(self, screen: str, name: str, out: pathlib.Path, *settings: str, limit: int = 0, go_on: bool = False) -> None:
        command = [str(ATOLL), "record", f"window:{name}", "--player", "human", "--instruction", "look around", "--out", str(out), "--json"]
        if limit:
            command += ["--seconds", str(limit)]
        for setting in settings:
            command += ["--set", setting]
        if go_on:
            command.append("--continue")
        self.out = out
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log")  # noqa: SIM115 (lives as long as the recorder)
        self.process = subprocess.Popen(
            command, env={**os.environ, "DISPLAY": screen}, stdout=subprocess.PIPE, stderr=self.log, text=True,
            preexec_fn=None,
        )

    def said(self) -> str:
        return pathlib.Path(self.log.name).read_text()

    def wait_begun(self, seconds: float = 30) -> bool:
        mcap = self.out / "session.mcap"
        ended = lambda: self.process.poll() is not None  # noqa: E731
        return wait_for(lambda: ended() or (mcap.exists() and mcap.stat().st_size > 20000), seconds) and not ended()

    def cpu_s(self) -> float:
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def resident_mib(self) -> float:
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def stop(self) -> dict[str, Any]:
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self, seconds: float = 60) -> dict[str, Any]:
        out, _ = self.process.communicate(timeout=seconds)
        return {"code": self.process.returncode, "report": json.loads(out) if out.strip() else None, "said": self.said()}


def check(folder: pathlib.Path) -> dict[str, Any]:
    """What `atoll check` says of one recording."""
    return json.loads(run([str(ATOLL), "check", str(folder), "--json"]).stdout)["recordings"][0]


def repair(folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    return run([str(ATOLL), "repair", str(folder)])


def pictures(folder: pathlib.Path) -> list[int]:
    """When each picture of the index was complete, in ns of CLOCK_MONOTONIC: read by PyPI's `mcap`."""
    from mcap.reader import make_reader

    times = []
    offset = 0
    with (folder / "session.mcap").open("rb") as file:
        for _, channel, message in make_reader(file).iter_messages(topics=["atoll/facts", "atoll/frame"]):
            content = json.loads(message.data)
            if channel.topic == "atoll/facts":
                offset = content["log_offset_ns"]
            elif content["kind"] == "video":
                times.append(message.log_time - offset)
    return times


def every_message(folder: pathlib.Path) -> list[bytes]:
    """All messages of session.mcap, unpacked by PyPI's `mcap`."""
    from mcap.reader import make_reader

    with (folder / "session.mcap").open("rb") as file:
        return [message.data for _, _, message in make_reader(file).iter_messages()]


def free(folder: pathlib.Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
