"""`atoll record` on a disk that breaks while it writes, through FUSE: what it says, and what is left."""

import pathlib
import tempfile
import unittest

import recorder_parts as parts
from recorder import Disk

CLOCK = parts.ATOLL.parent / "atoll_clock_window"


class RecorderDisk(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)
        self.screen = self.enterContext(parts.display(800, 600))

    def mount(self):
        if not (parts.ATOLL.parent / "atoll_faulty_disk").exists():
            self.skipTest("this build has no atoll_faulty_disk: libfuse3-dev is missing")
        try:
            disk = Disk(self.work)
        except RuntimeError as error:
            self.skipTest(f"{error}: it needs /dev/fuse, and root or fusermount3")
        self.addCleanup(disk.close)
        return disk

    def record(self, out):
        recorder = parts.Recorder(self.screen, "AtollClock", out)
        self.addCleanup(recorder.log.close)
        self.addCleanup(recorder.process.stdout.close)
        self.addCleanup(recorder.process.wait)
        self.addCleanup(recorder.process.kill)
        self.assertTrue(recorder.wait_begun(), recorder.said())
        session = out / "session.mcap"
        size = session.stat().st_size
        self.assertTrue(parts.wait_for(lambda: session.stat().st_size > size, 30), recorder.said())
        return recorder

    def test_a_disk_that_breaks_ends_the_recording_and_repair_mends_it(self):
        disk = self.mount()
        self.enterContext(parts.program([str(CLOCK)], DISPLAY=self.screen))
        search = ["xdotool", "search", "--class", "AtollClock"]
        self.assertTrue(parts.wait_for(lambda: parts.run(search, DISPLAY=self.screen).returncode == 0, 30))
        out = disk.here / "broken"
        recorder = self.record(out)
        disk.say("broken")
        found = recorder.end()
        self.assertEqual(found["code"], 1, found["said"])
        self.assertIn("the recording ended", found["said"])
        self.assertIn("Input/output error", found["said"])
        disk.say("ok")
        repaired = parts.repair(out)
        self.assertEqual(repaired.returncode, 0, repaired.stderr)
        checked = parts.check(out)
        self.assertEqual((checked["verdict"], checked["problems"], checked["episodes"]), ("ok", [], 1))
        self.assertGreater(len(parts.pictures(out)), 10)


if __name__ == "__main__":
    unittest.main(verbosity=2)
