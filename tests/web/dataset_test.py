"""`atoll dataset`: recordings merged, split, selected and deleted, on real recordings, proved by `atoll check` and by
pictures that ffmpeg decodes.

Run by ctest; ATOLL_BIN holds the built program.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ATOLL = str(pathlib.Path(os.environ["ATOLL_BIN"], "atoll"))


def atoll(*arguments, code=0):
    done = subprocess.run([ATOLL, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def check(*recordings):
    return json.loads(atoll("check", *recordings, "--json").stdout)["recordings"]


def pictures(recording):
    """A hash of every decoded picture, in order."""
    command = ["ffmpeg", "-v", "error", "-i", recording / "video.mp4", "-f", "framemd5", "-fps_mode", "passthrough", "-"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [line.split(",")[-1].strip() for line in lines if not line.startswith("#")]


class Datasets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        cls.video = cls.root / "video"
        atoll("record", "playhouse", "--episodes", 4, "--out", cls.video, "--set", "record.video=true")
        cls.live = [cls.root / "live-0", cls.root / "live-1"]
        for index, out in enumerate(cls.live):
            atoll("record", "playhouse-window", "--player", "expert", "--episodes", 1, "--seed", index, "--out", out,
                  "--set", "world.display=virtual")  # fmt: skip

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def new(self, name):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.root))
        return folder / name

    def test_split_and_merged_again_is_what_it_was(self):
        parts = self.new("parts")
        atoll("dataset", "split", self.video, "--out", parts)
        self.assertEqual(sorted(p.name for p in parts.iterdir()), [f"video-{i:05}" for i in range(4)])
        checks = check(parts)
        self.assertEqual([c["verdict"] for c in checks], ["ok"] * 4)
        whole = parts.parent / "whole"
        atoll("dataset", "merge", parts, "--out", whole)
        (before,), (after,) = check(self.video), check(whole)
        for key in ("verdict", "episodes", "frames", "events", "instructions", "drops"):
            self.assertEqual(after[key], before[key], key)
        self.assertAlmostEqual(after["seconds"], before["seconds"], places=6)
        # Without loss: every picture of the original is in the parts, to the bit.
        original = pictures(self.video)
        at = 0
        for part in sorted(parts.iterdir()):
            shown = pictures(part)
            count = check(part)[0]["frames"]
            self.assertEqual(shown[-count:], original[at : at + count])
            at += count
        self.assertEqual(at, len(original))

    def test_live_recordings_are_merged_in_the_order_of_time(self):
        out = self.new("both")
        atoll("dataset", "merge", *self.live, "--out", out)
        (after,) = check(out)
        before = check(*self.live)
        self.assertEqual(after["verdict"], "ok")
        for key in ("episodes", "frames", "events", "instructions"):
            self.assertEqual(after[key], sum(c[key] for c in before), key)
        refused = atoll("dataset", "merge", *reversed(self.live), "--out", self.new("x"), code=1)
        self.assertIn("in the order of time", refused.stderr)
        refused = atoll("dataset", "merge", self.video, self.live[0], "--out", self.new("x"), code=1)
        self.assertIn("the world of", refused.stderr)

    def test_selects_by_what_was_asked_and_how_it_went(self):
        stats = json.loads(atoll("dataset", "stats", self.video, "--json").stdout)["total"]
        self.assertEqual(stats["episodes"], 4)
        self.assertEqual(stats["verdicts"], {"success": 4})
        self.assertGreater(stats["presses_per_minute"], 0)
        self.assertGreater(stats["instructed_share"], 0.9)
        words = [
            episode["instruction"]
            for episode in self.messages(self.video, "atoll/episode")
            if episode["event"] == "start"
        ]
        out = self.new("chosen")
        atoll("dataset", "select", self.video, "--instruction", words[2][:12], "--out", out)
        expected = sum(words[2][:12].lower() in word.lower() for word in words)
        self.assertEqual(check(out)[0]["episodes"], expected)
        manifest = out.parent / "all.toml"
        atoll("dataset", "select", self.root / "video", "--verdict", "success", "--out", manifest)
        self.assertIn("episodes = 4", manifest.read_text())
        self.assertEqual(json.loads(atoll("dataset", "stats", manifest, "--json").stdout)["total"], stats)
        atoll("dataset", "select", self.video, "--verdict", "timeout", "--out", self.new("x"), code=2)
        atoll("dataset", "select", self.video, "--instruction", "(", "--out", self.new("x"), code=2)
        atoll("dataset", "select", self.video, "--min-seconds", 1000, "--out", self.new("x"), code=2)

    def messages(self, recording, topic):
        from mcap.reader import make_reader

        with open(recording / "session.mcap", "rb") as file:
            return [json.loads(m.data) for _, _, m in make_reader(file).iter_messages(topics=[topic])]

    def test_deleted_ones_lie_in_the_trash_unless_they_are_to_go_for_good(self):
        copy = self.new("copy")
        shutil.copytree(self.video, copy)
        atoll("dataset", "delete", copy, "--episode", 1, "--episode", 2)
        self.assertEqual(check(copy)[0]["episodes"], 2)
        (trashed,) = (copy.parent / ".trash").iterdir()
        self.assertEqual(check(trashed)[0]["episodes"], 4)
        atoll("dataset", "delete", copy)
        self.assertFalse(copy.exists())
        self.assertEqual(len(list((copy.parent / ".trash").iterdir())), 2)
        shutil.copytree(self.video, copy)
        atoll("dataset", "delete", copy, "--yes")
        self.assertFalse(copy.exists())
        self.assertEqual(len(list((copy.parent / ".trash").iterdir())), 2)

    def test_labels_come_along(self):
        source = self.new("source")
        atoll("record", "playhouse/flat", "--task", "pick up", "--episodes", 2, "--out", source)
        drafted = json.loads(atoll("label", source, "--annotator", "rules", "--draft", "--json").stdout)["drafted"]
        whole = source.parent / "whole"
        atoll("dataset", "split", source, "--out", source.parent / "parts")
        atoll("dataset", "merge", source.parent / "parts", "--out", whole)
        labels = [json.loads(line) for line in (whole / "labels" / "rules.jsonl").read_text().splitlines()]
        self.assertEqual(len(labels[1]["changes"]), drafted)
        stats = json.loads(atoll("dataset", "stats", whole, "--json").stdout)["total"]
        self.assertEqual(stats["instructions"], 2)  # those recorded; labels hold where a dataset says so
        manifest = source.parent / "labelled.toml"
        atoll("dataset", "select", whole, "--annotator", "rules", "--out", manifest)
        stats = json.loads(atoll("dataset", "stats", manifest, "--json").stdout)["total"]
        self.assertEqual(stats["instructions"], 2 + drafted)

    def test_a_kill_half_way_leaves_all_or_nothing(self):
        before = pictures(self.video)
        for trial in range(6):
            out = self.new("out")
            process = subprocess.Popen([ATOLL, "dataset", "merge", self.video, "--out", out], stderr=subprocess.DEVNULL)
            time.sleep(0.01 + 0.03 * trial)
            process.send_signal(signal.SIGKILL)
            process.wait()
            if out.exists():
                self.assertEqual(check(out)[0]["verdict"], "ok")
            atoll("dataset", "merge", self.video, "--out", out.parent / "again")
            self.assertEqual(check(out.parent / "again")[0]["episodes"], 4)
        self.assertEqual(pictures(self.video), before)


if __name__ == "__main__":
    unittest.main()
