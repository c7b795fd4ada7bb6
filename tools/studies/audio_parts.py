"""What the study and the test of recorded sound measure with: a sound server of one's own, a program that flashes and
beeps, and what a recording holds of it, read by other programs than ours: PyPI's `mcap` and ffmpeg."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import time
from collections.abc import Iterator

import numpy as np
import recorder_parts as parts

BEEPS = parts.ATOLL.parent / "beep_program"
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={at}/bus</listen><auth>EXTERNAL</auth><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""
SPEAKERS = """context.objects = [
  { factory = adapter
    args = { factory.name = support.null-audio-sink node.name = "speakers" node.description = "Speakers"
             media.class = Audio/Sink audio.position = "FL,FR" object.linger = true } }
]
"""


class SoundServer:
    """D-Bus, PipeWire with one silent output called "speakers", and its session manager, in a folder of their own."""

    def __init__(self, at: pathlib.Path, has_output: bool = True) -> None:
        self.at = at
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        settings = at / "home/.config/pipewire/pipewire.conf.d"
        settings.mkdir(parents=True)
        at.chmod(0o700)
        if has_output:
            (settings / "speakers.conf").write_text(SPEAKERS)
        (at / "bus.conf").write_text(BUS.format(at=at))
        self.environment = {"XDG_RUNTIME_DIR": str(at), "HOME": str(at / "home"), "DBUS_SESSION_BUS_ADDRESS": f"unix:path={at}/bus"}

    def start(self) -> None:
        self.begin("dbus-daemon", "--config-file=" + str(self.at / "bus.conf"), "--nofork", "--nopidfile")
        self.wait("bus")
        self.start_sound()

    def start_sound(self) -> None:
        self.begin("pipewire")
        self.wait("pipewire-0")
        self.begin("wireplumber")
        time.sleep(1)

    def begin(self, name: str, *arguments: str) -> None:
        environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
        with (self.at / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen([name, *arguments], env={**environment, **self.environment}, stdout=log, stderr=log)

    def wait(self, socket: str) -> None:
        if not parts.wait_for((self.at / socket).exists, 30):
            raise RuntimeError(f"{list(self.running)[-1]} did not come up")

    def kill_sound(self) -> None:
        """As a crash does."""
        for name in ("wireplumber", "pipewire"):
            process = self.running.pop(name)
            process.kill()
            process.wait()
        for left in ("pipewire-0", "pipewire-0.lock"):
            (self.at / left).unlink(missing_ok=True)

    def end(self) -> None:
        for process in reversed(self.running.values()):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def sound_server(at: pathlib.Path, has_output: bool = True) -> Iterator[SoundServer]:
    """While it lasts, this process and those that it starts find it."""
    server = SoundServer(at, has_output)
    before = {name: os.environ.get(name) for name in server.environment}
    os.environ.update(server.environment)
    try:
        server.start()
        yield server
    finally:
        server.end()
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def start_beeps(screen: str, count: int, period_ms: int, log: pathlib.Path, mode: str = "pipewire", after_s: int = 4) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DISPLAY": screen, "SDL_VIDEODRIVER": "x11", "SDL_AUDIODRIVER": "pipewire"}
    program = subprocess.Popen([str(BEEPS), str(count), str(period_ms), str(log), mode, str(after_s)], env=environment, stdout=subprocess.PIPE)
    if program.stdout.readline() != b"up\n":
        raise RuntimeError("beep_program did not come up")
    return program


def moments(log: pathlib.Path) -> np.ndarray:
    """For each beep: when it was meant, and between which two moments the window turned white, in ns."""
    return np.array([[int(word) for word in line.split()] for line in log.read_text().splitlines()], dtype=np.int64).reshape(-1, 3)


@dataclasses.dataclass
class Heard:
    """What a recording holds: entries of the index of sound, and the samples as ffmpeg decodes them."""

    entries: list[dict]
    samples: np.ndarray  # [samples, channels]
    frames: list[tuple[int, int]]  # of pictures: time in ns, presentation time in us

    def times_of(self, numbers: np.ndarray) -> np.ndarray:
        """In ns of CLOCK_MONOTONIC."""
        stretches = [one for one in self.entries if one["kind"] == "samples"]
        firsts = np.array([one["first"] for one in stretches])
        times = np.array([one["time_ns"] for one in stretches])
        at = np.searchsorted(firsts, numbers, side="right") - 1
        return times[at] + (numbers - firsts[at]) * 1_000_000_000 // stretches[0]["rate_hz"]

    def beeps(self) -> np.ndarray:
        """When each beep begins."""
        loud = np.flatnonzero(np.abs(self.samples[:, 0].astype(np.int32)) > 8000)
        if len(loud) == 0:
            return np.array([], dtype=np.int64)
        quiet_before = np.diff(loud, prepend=loud[0] - 10_000) > 2400  # 50 ms
        return self.times_of(loud[quiet_before])


def hear(folder: pathlib.Path) -> Heard:
    from mcap.reader import make_reader

    entries, frames, offset = [], [], 0
    with (folder / "session.mcap").open("rb") as file:
        reader = make_reader(file)
        for _, channel, message in reader.iter_messages(topics=["atoll/facts", "atoll/audio", "atoll/frame"], log_time_order=False):
            content = json.loads(message.data)
            if channel.topic == "atoll/facts":
                offset = content["log_offset_ns"]
            elif channel.topic == "atoll/audio":
                entries.append({**content, "time_ns": message.log_time - offset})
            elif content["kind"] == "video":
                frames.append((message.log_time - offset, content["pts_us"]))
    channels = next((one["channels"] for one in entries if one["kind"] == "samples"), 2)
    decoded = subprocess.run(["ffmpeg", "-v", "error", "-i", str(folder / "audio.mp4"), "-f", "s16le", "-"], capture_output=True, check=True)
    return Heard(entries, np.frombuffer(decoded.stdout, dtype="<i2").reshape(-1, channels), frames)


def flashes(folder: pathlib.Path, heard: Heard) -> np.ndarray:
    """When the first white picture of each flash was complete."""
    command = ["ffmpeg", "-v", "error", "-i", str(folder / "video.mp4"), "-vf", "scale=1:1", "-pix_fmt", "gray", "-vsync", "passthrough", "-f", "rawvideo", "-"]
    brightness = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, dtype=np.uint8)
    times = np.array([time for time, _ in heard.frames], dtype=np.int64)
    white = brightness[: len(times)] > 128
    return times[np.flatnonzero(white & ~np.concatenate([[True], white[:-1]]))]


def nearest(times: np.ndarray, wanted: np.ndarray, within_ms: float = 150) -> tuple[np.ndarray, np.ndarray]:
    """For each of `wanted` that has one of `times` near it: that one, in ms after it; and which these are."""
    if len(times) == 0:
        return np.array([]), np.array([], dtype=int)
    differences = times[np.abs(times[None, :] - wanted[:, None]).argmin(axis=1)] - wanted
    found = np.flatnonzero(np.abs(differences) < within_ms * 1e6)
    return differences[found] / 1e6, found
