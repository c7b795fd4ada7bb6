"""Recordings and caches that `atoll` and a hand-written file hold, as numpy arrays."""

import json
import pathlib
import struct
import subprocess
import tempfile
import unittest
import zlib

import numpy as np
from support import run_atoll

import atoll
from atoll._seals import SEAL_TYPE, prove_video


class Recordings(unittest.TestCase):
    def record(self, folder, *arguments):
        done = run_atoll("record", "playhouse", "--episodes", "3", "--seconds", "2", "--out", folder, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return atoll.read_recording(folder)

    def test_replays_hold_everything_but_pixels(self):
        with tempfile.TemporaryDirectory() as folder:
            recording = self.record(f"{folder}/r")
            self.assertIsNone(recording.read_video())
        self.assertEqual([episode.index for episode in recording.episodes], [0, 1, 2])
        self.assertEqual([episode.seed for episode in recording.episodes], [0, 1, 2])
        self.assertEqual(recording.header["facts"]["world"], "playhouse")
        for episode in recording.episodes:
            rows = slice(episode.first_action, episode.first_action + episode.num_actions)
            np.testing.assert_array_equal(recording.actions.step[rows], np.arange(episode.num_actions))
            self.assertTrue((recording.actions.episode[rows] == episode.index).all())
            self.assertTrue((np.diff(recording.actions.time_ns[rows]) > 0).all())
            frames = slice(episode.first_frame, episode.first_frame + episode.num_frames)
            self.assertEqual(episode.num_frames, episode.num_actions + 1)
            np.testing.assert_array_equal(recording.frames.step[frames], np.arange(episode.num_frames))
            self.assertEqual(episode.player, "expert")
            self.assertTrue(any(i.text == episode.instruction for i in recording.instructions))
        self.assertEqual(len(recording.actions.step), sum(episode.num_actions for episode in recording.episodes))
        self.assertTrue((recording.actions.origin == 2).all())
        # A control that is newly held has been pressed.
        held = recording.actions.held.astype(int)
        newly = (np.diff(held, axis=0) > 0) & (np.diff(recording.actions.episode) == 0)[:, None]
        self.assertTrue((recording.actions.presses[1:][newly] >= 1).all())

    def test_pictures_come_through_ffmpeg(self):
        with tempfile.TemporaryDirectory() as folder:
            recording = self.record(f"{folder}/r", "--set", "record.video=true", "--set", "record.crf=0")
            video = recording.read_video()
            self.assertEqual(len(recording.read_video(limit=2)), 2)
        shown = recording.frames.pts_us[recording.frames.pts_us >= 0]
        self.assertEqual(video.shape, (len(np.unique(shown)), 72, 96, 3))
        self.assertGreater(video.std(), 5)

    def test_damaged_pictures_are_named(self):
        with tempfile.TemporaryDirectory() as folder:
            recording = self.record(f"{folder}/r", "--set", "record.video=true")
            video = recording.folder / "video.mp4"
            whole = video.read_bytes()
            packets = json.loads(
                subprocess.run(
                    ["ffprobe", "-v", "error", "-show_entries", "packet=pos,size", "-of", "json", str(video)],
                    check=True, capture_output=True,
                ).stdout
            )["packets"]
            self.assertEqual(prove_video(video), len(packets))
            at, size = int(packets[7]["pos"]), int(packets[7]["size"])
            video.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
            with self.assertRaisesRegex(ValueError, f"at byte {at}: picture 7 has the CRC-32"):
                recording.read_video()
            video.write_bytes(whole[: at + size])  # the recorder was killed there
            self.assertEqual(prove_video(video), 8)
            self.assertEqual(len(recording.read_video(limit=8)), 8)

    def test_a_fragment_of_one_picture_tells_its_size_once(self):
        def box(kind, *parts):
            content = b"".join(parts)
            return struct.pack(">I4s", 8 + len(content), kind) + content

        picture = b"a picture"
        tfhd = box(b"tfhd", struct.pack(">IIII", 0x18, 1, 1000, len(picture)))  # default duration and size
        trun = box(b"trun", struct.pack(">III", 0x1, 1, 0))  # the data's place, nothing of each picture
        moof = box(b"moof", box(b"traf", tfhd, trun))

        def seal(first, covered, *crcs):
            told = struct.pack(f">IQII{len(crcs)}I", 1, first, zlib.crc32(covered), len(crcs), *crcs)
            whole = struct.pack(">I4s", 8 + len(SEAL_TYPE) + len(told) + 4, b"uuid") + SEAL_TYPE + told
            return whole + struct.pack(">I", zlib.crc32(whole))

        head = box(b"ftyp", b"isom") + box(b"moov")
        start = head + seal(0, head) + seal(0, moof, zlib.crc32(picture)) + moof
        with tempfile.TemporaryDirectory() as folder:
            video = pathlib.Path(folder) / "video.mp4"
            video.write_bytes(start + box(b"mdat", picture))
            self.assertEqual(prove_video(video), 1)
            video.write_bytes(start + box(b"mdat", b"A picture"))
            with self.assertRaisesRegex(ValueError, "picture 0 has the CRC-32"):
                prove_video(video)

    def test_what_is_none_is_named(self):
        with self.assertRaisesRegex(FileNotFoundError, "nowhere"):
            atoll.read_recording("/nowhere")


class Caches(unittest.TestCase):
    def write(self, folder, array, **changes):
        header = {"hash": "00ff", "width_px": 4, "height_px": 3, "action_rate_hz": 15.0, "pictures": len(array)}
        text = json.dumps({**header, **changes}).encode()
        head = b"ATOLLPIX" + struct.pack("<II", 1, len(text)) + text
        head += bytes(-len(head) % 4096)
        file = pathlib.Path(folder) / "cache"
        file.write_bytes(head + array.tobytes())
        return file

    def test_pictures_are_mapped(self):
        pictures = np.random.default_rng(1).integers(0, 256, (5, 3, 4, 4), np.uint8)
        with tempfile.TemporaryDirectory() as folder:
            cache = atoll.read_cache(self.write(folder, pictures))
            self.assertIsInstance(cache.pictures, np.memmap)
            np.testing.assert_array_equal(cache.pictures, pictures)
            self.assertEqual((cache.action_rate_hz, cache.content_hash), (15.0, "00ff"))

    def test_cut_or_strange_files_are_named(self):
        pictures = np.zeros((5, 3, 4, 4), np.uint8)
        with tempfile.TemporaryDirectory() as folder:
            file = self.write(folder, pictures, pictures=6)
            with self.assertRaisesRegex(ValueError, "bytes, its header says"):
                atoll.read_cache(file)
            file.write_bytes(b"something else entirely")
            with self.assertRaisesRegex(ValueError, "no training cache"):
                atoll.read_cache(file)
            file.write_bytes(b"ATOLLPIX" + struct.pack("<II", 2, 2) + b"{}")
            with self.assertRaisesRegex(ValueError, "version 2"):
                atoll.read_cache(file)

    def test_features_are_mapped(self):
        features = np.random.default_rng(1).normal(size=(5, 2, 3, 7)).astype(np.float16)
        facts = {"encoder": "some", "precision": "float16", "patch_rows": 2, "patch_columns": 3, "channels": 7, "rows": 5}
        with tempfile.TemporaryDirectory() as folder:
            text = json.dumps(facts).encode()
            head = b"ATOLLFEA" + struct.pack("<II", 1, len(text)) + text
            file = pathlib.Path(folder) / "features"
            file.write_bytes(head + bytes(-len(head) % 4096) + features.tobytes())
            kept = atoll.read_features(file)
            self.assertIsInstance(kept.features, np.memmap)
            np.testing.assert_array_equal(kept.features, features)
            self.assertEqual(kept.facts, facts)
            with self.assertRaisesRegex(ValueError, "no training cache"):
                atoll.read_cache(file)


if __name__ == "__main__":
    unittest.main()
