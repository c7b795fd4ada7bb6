"""Recordings as a LeRobot dataset (format v3.0): ``python -m atoll.lerobot RECORDING... --out FOLDER``.

One row a step of the action clock, one film a recording:

``observation.images.screen``  the newest picture that was complete when the step began
``observation.state``          float32: 1 for each control that was down when the step began
``action``                     float32: what the step did; per control 1 where it is down at the end and the number of
                               presses inside, then mouse counts right and down, wheel, and where it was used the pointer
``next.done``, ``next.success``  at the last step of an episode: it is over; its task succeeded
``task``                       the instruction that held when the step began, and ends first; "" where none did

Columns are named in ``meta/info.json``; controls that occur in none of the recordings are left out. Needs ``pyarrow``
and ffmpeg. Recordings without video have to be made again with ``record.video=true``.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from atoll._controls import CONTROLS
from atoll._seals import prove_video, video_times_us
from atoll.recording import NO_POINTER, Episode, Recording, read_recording

VERSION = "v3.0"
SCREEN = "observation.images.screen"
CHUNK = "chunk-000/file-{:03d}"
QUANTILES = {"q01": 0.01, "q10": 0.10, "q50": 0.50, "q90": 0.90, "q99": 0.99}
PICTURES_FOR_STATISTICS = 100  # of each episode, spread over it


class Columns:
    """Which controls and parts of the mouse the datasets' vectors hold."""

    def __init__(self, recordings: list[Recording]) -> None:
        used = np.zeros(len(CONTROLS), bool)
        self.has_pointer = False
        for recording in recordings:
            used |= recording.actions.held.any(axis=0) | recording.actions.presses.any(axis=0)
            self.has_pointer |= bool((recording.actions.pointer[:, 0] != NO_POINTER).any())
        self.controls = np.flatnonzero(used)
        names = [CONTROLS[i] for i in self.controls]
        self.state_names = [f"{name}.held" for name in names]
        self.action_names = self.state_names + [f"{name}.presses" for name in names]
        self.action_names += ["mouse.dx", "mouse.dy", "wheel"] + (["pointer.x", "pointer.y"] if self.has_pointer else [])

    def actions(self, recording: Recording, rows: slice) -> np.ndarray:
        actions = recording.actions
        parts = [actions.held[rows][:, self.controls], actions.presses[rows][:, self.controls], actions.mouse[rows]]
        parts.append(actions.wheel[rows, None])
        if self.has_pointer:
            parts.append(carried_on(actions.pointer[rows]))
        return np.concatenate(parts, axis=1).astype(np.float32)

    def states(self, recording: Recording, rows: slice) -> np.ndarray:
        held = recording.actions.held[rows][:, self.controls]
        return np.concatenate([np.zeros_like(held[:1]), held[:-1]]).astype(np.float32)


def carried_on(pointer: np.ndarray) -> np.ndarray:
    """Where nothing placed it, the pointer stays; before it was ever placed, it is at 0, 0."""
    where = np.where(pointer[:, 0] != NO_POINTER, np.arange(len(pointer)), -1)
    last = np.maximum.accumulate(where)
    return np.where(last[:, None] >= 0, pointer[np.maximum(last, 0)], 0)


def tasks_of(recording: Recording, episode: Episode, times_ns: np.ndarray) -> list[str]:
    tasks = [""] * len(times_ns)
    ends = np.full(len(times_ns), np.iinfo(np.int64).max)
    for instruction in recording.instructions:
        if instruction.episode != episode.index:
            continue
        end = np.iinfo(np.int64).max if instruction.duration_ns is None else instruction.time_ns + instruction.duration_ns
        for row in np.flatnonzero((times_ns >= instruction.time_ns) & (times_ns < end) & (ends >= end)):
            tasks[row], ends[row] = instruction.text, end
    return tasks


def pictures_of(recording: Recording, episode: Episode, times_ns: np.ndarray) -> np.ndarray:
    """For each step the index in video.mp4 of the newest picture, or of the first one before there is any."""
    frames = recording.frames
    stored = np.flatnonzero((frames.episode == episode.index) & (frames.pts_us >= 0))
    if len(stored) == 0:
        raise ValueError(
            f"episode {episode.index} of {recording.folder} has no stored picture; record it with record.video=true"
        )
    order = video_times_us(recording.folder / "video.mp4")
    newest = np.maximum(np.searchsorted(frames.time_ns[stored], times_ns, side="right") - 1, 0)
    return np.searchsorted(order, frames.pts_us[stored][newest])


def decode(video: pathlib.Path, size: tuple[int, int]) -> Iterator[bytes]:
    """RGB pictures of a recording's film, one after the other, all of them proven."""
    prove_video(video)
    command = ["ffmpeg", "-v", "error", "-i", str(video), "-vsync", "passthrough", "-enc_time_base", "-1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while len(picture := process.stdout.read(size[0] * size[1] * 3)) == size[0] * size[1] * 3:
            yield picture
    if process.returncode != 0:
        raise RuntimeError(f"ffmpeg could not read {video}: exit code {process.returncode}")


def size_of(video: pathlib.Path) -> tuple[int, int]:
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "json", str(video)],
        check=True,
        capture_output=True,
    )
    stream = json.loads(probe.stdout)["streams"][0]
    return int(stream["width"]), int(stream["height"])


class Film:
    """The film of one recording in the dataset: a picture for every row, at a constant rate."""

    def __init__(self, path: pathlib.Path, size: tuple[int, int], fps: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}"]
        command += ["-r", str(fps), "-i", "-", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", "15", "-bf", "0"]
        # 4:2:0 needs even sides, and is what every player shows.
        command += ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p", str(path)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE)

    def add(self, picture: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(picture)

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise RuntimeError(f"ffmpeg could not write a film: exit code {self.process.returncode}")


def statistics(values: np.ndarray) -> dict[str, list]:
    """Of rows [n, d]."""
    values = values.astype(np.float64)
    found = {
        "min": values.min(axis=0),
        "max": values.max(axis=0),
        "mean": values.mean(axis=0),
        "std": values.std(axis=0),
        "count": np.array([len(values)]),
    }
    found |= {name: np.quantile(values, q, axis=0) for name, q in QUANTILES.items()}
    return {name: value.tolist() for name, value in found.items()}


def picture_statistics(pictures: np.ndarray) -> dict[str, list]:
    """Of uint8 [n, h, w, 3]: per channel, 0 .. 1, shaped [3, 1, 1] as LeRobot keeps them."""
    found = statistics(pictures.reshape(-1, 3) / 255.0)
    shaped = {name: [[[value]] for value in values] for name, values in found.items() if name != "count"}
    return shaped | {"count": [len(pictures)]}


class Exporter:
    def __init__(self, recordings: list[Recording], out: pathlib.Path) -> None:
        self.recordings = recordings
        self.out = out
        self.columns = Columns(recordings)
        self.fps = common_rate(recordings)
        self.size = common_size(recordings)
        self.tasks: dict[str, int] = {}
        self.episode_rows: list[dict[str, Any]] = []
        self.num_rows = 0
        self.samples: dict[str, list[np.ndarray]] = {"observation.state": [], "action": [], SCREEN: []}

    def run(self) -> None:
        for file_index, recording in enumerate(self.recordings):
            self.add_recording(file_index, recording)
        self.write_meta()

    def add_recording(self, file_index: int, recording: Recording) -> None:
        film = Film(self.out / "videos" / SCREEN / (CHUNK.format(file_index) + ".mp4"), self.size, self.fps)
        pictures = decode(recording.folder / "video.mp4", self.size)
        rows: dict[str, list] = {}
        state = {"at": -1, "picture": b"", "rows": 0}
        for episode in recording.episodes:
            if episode.num_actions > 0:
                self.add_episode(file_index, recording, episode, rows, film, pictures, state)
        film.close()
        write_table(self.out / "data" / (CHUNK.format(file_index) + ".parquet"), rows, self.types())

    def add_episode(self, file_index, recording, episode, rows, film, pictures, state) -> None:  # noqa: ANN001
        span = slice(episode.first_action, episode.first_action + episode.num_actions)
        count = episode.num_actions
        times_ns = recording.actions.time_ns[span]
        tasks = tasks_of(recording, episode, times_ns)
        states, actions = self.columns.states(recording, span), self.columns.actions(recording, span)
        done = np.zeros(count, bool)
        done[-1] = True
        first_row_in_film = state["rows"]
        sampled = []
        sample_every = max(1, count // PICTURES_FOR_STATISTICS)
        for row, wanted in enumerate(pictures_of(recording, episode, times_ns)):
            while state["at"] < wanted:
                state["picture"] = next(pictures)
                state["at"] += 1
            film.add(state["picture"])
            if row % sample_every == 0:
                sampled.append(np.frombuffer(state["picture"], np.uint8).reshape(self.size[1], self.size[0], 3))
        state["rows"] += count
        number = len(self.episode_rows)
        new = {
            "observation.state": list(states),
            "action": list(actions),
            "next.done": done.tolist(),
            "next.success": (done & (episode.verdict == "success")).tolist(),
            "timestamp": [np.float32(i / self.fps) for i in range(count)],
            "frame_index": list(range(count)),
            "episode_index": [number] * count,
            "index": list(range(self.num_rows, self.num_rows + count)),
            "task_index": [self.tasks.setdefault(task, len(self.tasks)) for task in tasks],
        }
        for name, values in new.items():
            rows.setdefault(name, []).extend(values)
        self.samples["observation.state"].append(states)
        self.samples["action"].append(actions)
        self.samples[SCREEN].append(np.stack(sampled))
        self.episode_rows.append(
            {
                "episode_index": number,
                "tasks": list(dict.fromkeys(tasks)),
                "length": count,
                "data/chunk_index": 0,
                "data/file_index": file_index,
                "dataset_from_index": self.num_rows,
                "dataset_to_index": self.num_rows + count,
                f"videos/{SCREEN}/chunk_index": 0,
                f"videos/{SCREEN}/file_index": file_index,
                f"videos/{SCREEN}/from_timestamp": first_row_in_film / self.fps,
                f"videos/{SCREEN}/to_timestamp": (first_row_in_film + count) / self.fps,
                "meta/episodes/chunk_index": 0,
                "meta/episodes/file_index": 0,
                "stats/observation.state": statistics(states),
                "stats/action": statistics(actions),
            }
        )
        self.num_rows += count

    def types(self) -> dict[str, Any]:
        import pyarrow as pa

        return {
            "observation.state": pa.list_(pa.float32(), len(self.columns.state_names)),
            "action": pa.list_(pa.float32(), len(self.columns.action_names)),
            "next.done": pa.bool_(),
            "next.success": pa.bool_(),
            "timestamp": pa.float32(),
            "frame_index": pa.int64(),
            "episode_index": pa.int64(),
            "index": pa.int64(),
            "task_index": pa.int64(),
        }

    def features(self) -> dict[str, Any]:
        def scalar(dtype: str) -> dict[str, Any]:
            return {"dtype": dtype, "shape": [1], "names": None}

        even = [side + side % 2 for side in self.size]
        video = {
            "video.height": even[1],
            "video.width": even[0],
            "video.codec": "h264",
            "video.pix_fmt": "yuv420p",
            "video.is_depth_map": False,
            "video.fps": self.fps,
            "video.channels": 3,
            "has_audio": False,
        }
        names = self.columns.state_names, self.columns.action_names
        return {
            SCREEN: {"dtype": "video", "shape": [even[1], even[0], 3], "names": ["height", "width", "channels"], "info": video},
            "observation.state": {"dtype": "float32", "shape": [len(names[0])], "names": names[0]},
            "action": {"dtype": "float32", "shape": [len(names[1])], "names": names[1]},
            "next.done": scalar("bool"),
            "next.success": scalar("bool"),
            "timestamp": scalar("float32"),
            "frame_index": scalar("int64"),
            "episode_index": scalar("int64"),
            "index": scalar("int64"),
            "task_index": scalar("int64"),
        }

    def write_meta(self) -> None:
        import pyarrow as pa

        info = {
            "codebase_version": VERSION,
            "robot_type": "keyboard and mouse",
            "total_episodes": len(self.episode_rows),
            "total_frames": self.num_rows,
            "total_tasks": len(self.tasks),
            "chunks_size": 1000,
            "data_files_size_in_mb": 100,
            "video_files_size_in_mb": 200,
            "fps": self.fps,
            "splits": {"train": f"0:{len(self.episode_rows)}"},
            "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
            "video_path": "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4",
            "features": self.features(),
        }
        meta = self.out / "meta"
        meta.mkdir(parents=True, exist_ok=True)
        stats = {name: statistics(np.concatenate(self.samples[name])) for name in ("observation.state", "action")}
        stats[SCREEN] = picture_statistics(np.concatenate(self.samples[SCREEN]))
        (meta / "info.json").write_text(json.dumps(info, indent=4) + "\n")
        (meta / "stats.json").write_text(json.dumps(stats, indent=4) + "\n")
        write_table(meta / "tasks.parquet", {"task_index": list(self.tasks.values()), "task": list(self.tasks)},
                    {"task_index": pa.int64(), "task": pa.string()}, index="task")
        flat: dict[str, list] = {}
        for row in self.episode_rows:
            for name, value in row.items():
                if name.startswith("stats/"):
                    for part, numbers in value.items():
                        flat.setdefault(f"{name}/{part}", []).append(numbers)
                else:
                    flat.setdefault(name, []).append(value)
        write_table(meta / "episodes" / (CHUNK.format(0) + ".parquet"), flat, {})


def write_table(path: pathlib.Path, columns: dict[str, list], types: dict[str, Any], index: str | None = None) -> None:
    """`index`: the column that pandas takes as the index of the rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {name: pa.array(values, types.get(name)) for name, values in columns.items()}
    table = pa.table(arrays)
    if index is not None:
        pandas = {"index_columns": [index], "column_indexes": [], "columns": [
            {"name": name, "field_name": name, "pandas_type": "unicode" if name == index else "int64",
             "numpy_type": "object" if name == index else "int64", "metadata": None} for name in columns
        ], "creator": {"library": "pyarrow", "version": pa.__version__}, "pandas_version": "2.0.0"}
        table = table.replace_schema_metadata({"pandas": json.dumps(pandas)})
    pq.write_table(table, path, compression="snappy")


def common_rate(recordings: list[Recording]) -> int:
    rates = {recording.header["facts"]["action_rate_hz"] for recording in recordings}
    if len(rates) != 1:
        raise ValueError(f"the recordings have actions at {sorted(rates)} Hz; export recordings of one rate together")
    rate = rates.pop()
    if rate != int(rate):
        raise ValueError(f"the recordings have {rate} actions a second, and LeRobot's films a whole number of pictures")
    return int(rate)


def common_size(recordings: list[Recording]) -> tuple[int, int]:
    for recording in recordings:
        if not (recording.folder / "video.mp4").exists():
            raise ValueError(f"{recording.folder} has no video; record it with record.video=true")
    sizes = {size_of(recording.folder / "video.mp4") for recording in recordings}
    if len(sizes) != 1:
        raise ValueError(f"the recordings have pictures of {sorted(sizes)} px; export recordings of one size together")
    return sizes.pop()


def export_lerobot(folders: list[str | pathlib.Path], out: str | pathlib.Path) -> dict[str, int]:
    """Writes the dataset `out`, a new folder. Raises ValueError for recordings that do not go together."""
    target = pathlib.Path(out)
    if target.exists() and any(target.iterdir()):
        raise ValueError(f"{target} is not empty; name a new folder")
    exporter = Exporter([read_recording(folder) for folder in folders], target)
    exporter.run()
    return {"episodes": len(exporter.episode_rows), "rows": exporter.num_rows, "tasks": len(exporter.tasks)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m atoll.lerobot", description="Recordings as a LeRobot dataset (v3.0).")
    parser.add_argument("recordings", nargs="+", help="folders that `atoll record` or `atoll import` made, with video")
    parser.add_argument("--out", required=True, help="a new folder for the dataset")
    arguments = parser.parse_args()
    try:
        counts = export_lerobot(arguments.recordings, arguments.out)
    except (OSError, ValueError, RuntimeError) as error:
        print(f"atoll.lerobot: {error}", file=sys.stderr)
        return 1
    print(f"{arguments.out}: {counts['episodes']} episodes, {counts['rows']} rows, {counts['tasks']} tasks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
