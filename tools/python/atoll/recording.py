"""Recordings (``atoll record``, ``atoll import``) as numpy arrays. Needs the package ``mcap``; pictures need ffmpeg."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import subprocess
import tomllib
from typing import Any

import numpy as np

from atoll._controls import INDEX_OF, NUM_CONTROLS
from atoll._seals import prove_video, video_times_us

VERSION = 3
ORIGINS: tuple[str, ...] = ("human", "agent", "expert")
FRAME_KINDS: tuple[str, ...] = ("video", "replay", "heartbeat")
NO_POINTER = np.iinfo(np.int32).min


@dataclasses.dataclass(frozen=True)
class Episode:
    """One attempt at one task. Steps ``first_action .. first_action + num_actions - 1`` of the action arrays are its."""

    index: int
    seed: int
    family: str
    split: str
    target: str
    instruction: str
    time_limit_s: float
    player: str
    time_ns: int  # of its start
    verdict: str  # "aborted" where the recorder was stopped inside
    reason: str
    object: str
    first_action: int
    num_actions: int
    first_frame: int
    num_frames: int


@dataclasses.dataclass(frozen=True)
class Actions:
    """One row a step of the action clock, over all episodes."""

    episode: np.ndarray  # int64 [n]
    step: np.ndarray  # int64 [n], inside the episode
    time_ns: np.ndarray  # int64 [n], on the recording's clock
    held: np.ndarray  # bool [n, 101]: down at the end of the step, by index in atoll.CONTROLS
    presses: np.ndarray  # uint8 [n, 101]: presses inside the step
    mouse: np.ndarray  # int32 [n, 2]: counts right and down
    wheel: np.ndarray  # int32 [n]
    pointer: np.ndarray  # int32 [n, 2]: px from the top left, NO_POINTER where it was not placed
    origin: np.ndarray  # int8 [n]: index in ORIGINS


@dataclasses.dataclass(frozen=True)
class Frames:
    """One row an entry of the frame index, over all episodes."""

    episode: np.ndarray  # int64 [m]
    step: np.ndarray  # int64 [m]: of the action clock
    sequence: np.ndarray  # int64 [m]
    time_ns: np.ndarray  # int64 [m]: when the picture was complete, on the recording's clock
    kind: np.ndarray  # int8 [m]: index in FRAME_KINDS
    pts_us: np.ndarray  # int64 [m]: presentation time in video.mp4, -1 where it is not in it
    pixel_hash: np.ndarray  # uint64 [m]


@dataclasses.dataclass(frozen=True)
class Instruction:
    """What was asked for, from ``time_ns`` on."""

    episode: int
    time_ns: int
    text: str
    source: str
    mark: str
    duration_ns: int | None


@dataclasses.dataclass(frozen=True)
class Recording:
    """A recording in memory, but for its pictures."""

    folder: pathlib.Path
    header: dict[str, Any]  # recording.toml: versions, anchor, facts, contract
    episodes: list[Episode]
    actions: Actions
    frames: Frames
    instructions: list[Instruction]

    def read_video(self, limit: int | None = None) -> np.ndarray | None:
        """The pictures of ``video.mp4`` in order of time, uint8 RGB [count, height, width, 3], through ffmpeg.

        Row i belongs to the i-th smallest ``frames.pts_us`` that is not -1. None where the recording keeps no video
        (its world renders the pictures again from seed and actions). ``limit``: at most so many. ValueError names the
        first picture that is not what was recorded.
        """
        video = self.folder / "video.mp4"
        if not video.exists():
            return None
        prove_video(video)
        probe = _run(
            ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "json",
             str(video)]
        )
        stream = json.loads(probe)["streams"][0]
        count = [] if limit is None else ["-frames:v", str(limit)]
        pixels = _run(
            ["ffmpeg", "-v", "error", "-i", str(video), "-vsync", "passthrough", *count, "-f", "rawvideo", "-pix_fmt",
             "rgb24", "-"]
        )
        pictures = np.frombuffer(pixels, np.uint8).reshape(-1, int(stream["height"]), int(stream["width"]), 3)
        known = np.unique(self.frames.pts_us[self.frames.pts_us >= 0])
        if limit is None and len(pictures) != len(known):
            times_us = video_times_us(video)[: len(pictures)]
            pictures = pictures[np.isin(times_us, known)]
        return pictures


def _run(command: list[str]) -> bytes:
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise RuntimeError(f"{command[0]} is not installed, which reading video needs") from error
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


class _Reader:
    def __init__(self) -> None:
        self.header: dict[str, Any] = {}
        self.offset_ns = 0
        self.episode = -1
        self.starts: list[tuple[dict[str, Any], int, int, int]] = []  # message, time, first action, first frame
        self.ends: dict[int, dict[str, Any]] = {}
        self.actions: list[tuple[int, int, dict[str, Any]]] = []
        self.frames: list[tuple[int, int, dict[str, Any]]] = []
        self.instructions: dict[tuple[int, int, str], Instruction] = {}

    def take(self, topic: str, log_time: int, message: dict[str, Any]) -> None:
        if topic == "atoll/facts":
            version = message["version"]
            if version > VERSION:
                raise ValueError(f"the recording is of version {version}, this package reads up to {VERSION}")
            self.offset_ns = message["log_offset_ns"]
            self.header = tomllib.loads(message["recording_toml"])
        elif topic == "atoll/episode":
            self._take_episode(log_time, message)
        elif topic == "atoll/action":
            self.actions.append((self.episode, log_time - self.offset_ns, message))
        elif topic == "atoll/frame":
            self.frames.append((self.episode, log_time - self.offset_ns, message))
        elif topic == "atoll/instruction":
            time_ns = log_time - self.offset_ns
            # A later message with the same text and time replaces an earlier one: its end and mark are known by then.
            self.instructions[self.episode, time_ns, message["text"]] = Instruction(
                self.episode, time_ns, message["text"], message["source"], message["mark"], message.get("duration_ns")
            )

    def _take_episode(self, log_time: int, message: dict[str, Any]) -> None:
        if message["event"] == "start":
            self.offset_ns = message["log_offset_ns"]
            self.episode = message["episode"]
            self.starts.append((message, log_time - self.offset_ns, len(self.actions), len(self.frames)))
        else:
            self.ends[message["episode"]] = message

    def episodes(self) -> list[Episode]:
        episodes = []
        for i, (start, time_ns, first_action, first_frame) in enumerate(self.starts):
            following = self.starts[i + 1] if i + 1 < len(self.starts) else None
            end = self.ends.get(start["episode"], {})
            episodes.append(
                Episode(
                    index=start["episode"],
                    seed=start.get("seed", 0),
                    family=start.get("family", ""),
                    split=start.get("split", ""),
                    target=start.get("target", ""),
                    instruction=start.get("instruction", ""),
                    time_limit_s=start.get("time_limit_s", 0.0),
                    player=start.get("player", ""),
                    time_ns=time_ns,
                    verdict=end.get("verdict", "aborted"),
                    reason=end.get("reason", "the recording ends inside"),
                    object=end.get("object", ""),
                    first_action=first_action,
                    num_actions=(following[2] if following else len(self.actions)) - first_action,
                    first_frame=first_frame,
                    num_frames=(following[3] if following else len(self.frames)) - first_frame,
                )
            )
        return episodes

    def action_arrays(self) -> Actions:
        n = len(self.actions)
        held = np.zeros((n, NUM_CONTROLS), bool)
        presses = np.zeros((n, NUM_CONTROLS), np.uint8)
        pointer = np.full((n, 2), NO_POINTER, np.int32)
        for row, (_, _, message) in enumerate(self.actions):
            for name in message.get("held", ()):
                held[row, INDEX_OF[name]] = True
            for name, count in message.get("presses", {}).items():
                presses[row, INDEX_OF[name]] = count
            if "pointer" in message:
                pointer[row] = message["pointer"]
        messages = [message for _, _, message in self.actions]
        return Actions(
            episode=np.array([episode for episode, _, _ in self.actions], np.int64),
            step=np.array([message["step"] for message in messages], np.int64),
            time_ns=np.array([time_ns for _, time_ns, _ in self.actions], np.int64),
            held=held,
            presses=presses,
            mouse=np.array([(m.get("dx", 0), m.get("dy", 0)) for m in messages], np.int32).reshape(n, 2),
            wheel=np.array([message.get("wheel", 0) for message in messages], np.int32),
            pointer=pointer,
            origin=np.array([ORIGINS.index(message["origin"]) for message in messages], np.int8),
        )

    def frame_arrays(self) -> Frames:
        messages = [message for _, _, message in self.frames]
        return Frames(
            episode=np.array([episode for episode, _, _ in self.frames], np.int64),
            step=np.array([message["step"] for message in messages], np.int64),
            sequence=np.array([message["sequence"] for message in messages], np.int64),
            time_ns=np.array([time_ns for _, time_ns, _ in self.frames], np.int64),
            kind=np.array([FRAME_KINDS.index(message["kind"]) for message in messages], np.int8),
            pts_us=np.array([message.get("pts_us", -1) for message in messages], np.int64),
            pixel_hash=np.array([int(message.get("hash", "0"), 16) for message in messages], np.uint64),
        )


def read_recording(folder: str | pathlib.Path) -> Recording:
    """Reads a recording's ``session.mcap``. Raises FileNotFoundError or ValueError, naming what is wrong."""
    from mcap.reader import make_reader  # needed here only: worlds and policies do without it

    path = pathlib.Path(folder)
    session = path / "session.mcap"
    if not session.exists():
        raise FileNotFoundError(f"{session} is missing: {path} is no recording")
    reader = _Reader()
    with session.open("rb") as stream:
        # In file order, because a start tells how to read the times of what follows it.
        for _, channel, message in make_reader(stream).iter_messages(log_time_order=False):
            if channel.topic.startswith("atoll/"):
                reader.take(channel.topic, message.log_time, json.loads(message.data))
    if not reader.header:
        raise ValueError(f"{session} has no atoll/facts message: it is no recording of Atoll's")
    return Recording(
        path, reader.header, reader.episodes(), reader.action_arrays(), reader.frame_arrays(),
        list(reader.instructions.values()),
    )
