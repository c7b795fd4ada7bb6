"""The LeRobot dataset that `atoll.lerobot` makes, read by pyarrow and ffprobe. LeRobot itself reads it in a study."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import pyarrow.parquet as pq
from support import run_atoll

import atoll
from atoll.lerobot import SCREEN, carried_on


class LeRobot(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def record(self, name, *arguments):
        path = self.folder / name
        done = run_atoll("record", "playhouse", "--seconds", "4", "--out", str(path), *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return path

    def export(self, *recordings):
        command = [sys.executable, "-m", "atoll.lerobot", *map(str, recordings), "--out", str(self.folder / "dataset")]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def read(self, part, number):
        return pq.read_table(self.folder / "dataset" / part / f"chunk-000/file-{number:03d}.parquet").to_pydict()

    def test_rows_are_steps_and_films_have_a_picture_for_each(self):
        video = ("--set", "record.video=true")
        paths = [self.record("a", "--episodes", "3", *video), self.record("b", "--episodes", "2", "--seed", "50", *video)]
        done = self.export(*paths)
        self.assertEqual(done.returncode, 0, done.stderr)
        dataset = self.folder / "dataset"
        info = json.loads((dataset / "meta/info.json").read_text())
        self.assertEqual((info["codebase_version"], info["fps"], info["total_episodes"]), ("v3.0", 15, 5))
        recordings = [atoll.read_recording(path) for path in paths]
        self.assertEqual(info["total_frames"], sum(len(recording.actions.step) for recording in recordings))

        names = info["features"]["action"]["names"]
        for number, recording in enumerate(recordings):
            rows = self.read("data", number)
            actions = np.array(rows["action"])
            self.assertEqual(actions.shape, (len(recording.actions.step), len(names)))
            np.testing.assert_array_equal(actions[:, names.index("mouse.dx")], recording.actions.mouse[:, 0])
            for name in (name for name in names if name.endswith(".held")):
                control = atoll.CONTROLS.index(name.removesuffix(".held"))
                np.testing.assert_array_equal(actions[:, names.index(name)], recording.actions.held[:, control])
            probe = subprocess.run(
                ["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0",
                 str(dataset / "videos" / SCREEN / f"chunk-000/file-{number:03d}.mp4")],
                check=True, capture_output=True, text=True,
            )
            self.assertEqual(int(probe.stdout), len(recording.actions.step))

        episodes = self.read("meta/episodes", 0)
        self.assertEqual(episodes["data/file_index"], [0, 0, 0, 1, 1])
        told = [episode.instruction for recording in recordings for episode in recording.episodes]
        self.assertEqual([tasks[0] for tasks in episodes["tasks"]], told)
        ends = self.read("data", 0)
        success = [episode.verdict == "success" for episode in recordings[0].episodes]
        self.assertEqual([ends["next.success"][i] for i in np.flatnonzero(ends["next.done"])], success)

    def test_what_cannot_be_exported_is_named(self):
        without = self.record("without", "--episodes", "1", "--set", "record.video=false")
        done = self.export(without)
        self.assertEqual(done.returncode, 1)
        self.assertIn("without has no video", done.stderr)
        self.assertFalse((self.folder / "dataset").exists())
        done = self.export("/nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nowhere", done.stderr)

    def test_a_pointer_stays_where_it_was_put(self):
        none = atoll.recording.NO_POINTER
        pointer = np.array([[none, none], [3, 4], [none, none], [5, 6]], np.int32)
        np.testing.assert_array_equal(carried_on(pointer), [[0, 0], [3, 4], [3, 4], [5, 6]])
