"""Recordings with sound, of a real program at a real sound server, read back by ffmpeg and PyPI's `mcap`."""

import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

import audio_parts
import numpy as np
import recorder_parts as parts


class Sound(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)
        self.out = self.work / "r"
        self.log = self.work / "log"
        self.screen = self.enterContext(parts.display(640, 480))

    def serve(self, **options):
        return self.enterContext(audio_parts.sound_server(self.work / "server", **options))

    def beep(self, count, **options):
        program = audio_parts.start_beeps(self.screen, count, 300, self.log, **options)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        return program

    def record(self, *settings):
        recorder = parts.Recorder(self.screen, "beeps", self.out, "record.audio=true", *settings)
        self.addCleanup(recorder.log.close)
        self.addCleanup(recorder.process.stdout.close)
        self.addCleanup(recorder.process.wait)
        self.addCleanup(recorder.process.kill)
        return recorder

    def begun(self, *settings):
        recorder = self.record(*settings)
        self.assertTrue(recorder.wait_begun(), recorder.said())
        self.assertIsNone(recorder.process.poll(), recorder.said())
        return recorder

    def heard_until(self, recorder, seconds):
        """Sound of so many seconds lies on the disk."""
        audio = self.out / "audio.mp4"
        self.assertTrue(parts.wait_for(lambda: audio.exists(), 20), recorder.said())
        time.sleep(seconds)

    def expect_ok(self, folder=None):
        checked = parts.check(folder or self.out)
        self.assertEqual(checked["verdict"], "ok", checked["problems"])
        return checked

    def test_beeps_lie_at_their_moments_and_beside_their_flashes(self):
        self.serve()
        program = self.beep(50, after_s=10)
        recorder = self.begun()
        program.wait(90)
        recorder.stop()
        checked = self.expect_ok()
        self.assertEqual(checked["audio"]["rate_hz"], 48000)
        heard = audio_parts.hear(self.out)
        meant = audio_parts.moments(self.log)
        after_ms, found = audio_parts.nearest(heard.beeps(), meant[:, 0])
        # A busy machine's sound server leaves some out, and then a beep may be missing, or heard late.
        losses = checked["audio"]["losses"]
        self.assertGreaterEqual(len(found), 50 - 2 * losses)
        self.assertLessEqual((np.abs(after_ms) >= 1.0).sum(), 2 * losses, after_ms)
        # Pictures of a busy machine may come late, and never before their cause.
        shown_ms, shown = audio_parts.nearest(audio_parts.flashes(self.out, heard), meant[:, 1])
        self.assertEqual(len(shown), 50)
        self.assertGreater(shown_ms.min(), -1.0)
        # Both files' own times lie on one axis: a player that is given both plays them together.
        begin = heard.frames[0][0] - heard.frames[0][1] * 1000
        for entry in heard.entries:
            if entry["kind"] == "samples":
                self.assertAlmostEqual(begin / 1e6 + entry["pts"] / 48.0, entry["time_ns"] / 1e6, delta=25.0)
        self.assertEqual(sum(one["count"] for one in heard.entries if one["kind"] == "samples"), len(heard.samples))

    def test_a_killed_recorder_leaves_all_but_the_last_second(self):
        self.serve()
        self.beep(100, after_s=1)
        recorder = self.begun()
        self.heard_until(recorder, 4)
        killed_ns = time.monotonic_ns()
        recorder.process.send_signal(signal.SIGKILL)
        recorder.process.wait()
        self.assertEqual(parts.check(self.out)["verdict"], "repairable")
        self.assertEqual(parts.repair(self.out).returncode, 0)
        self.expect_ok()
        heard = audio_parts.hear(self.out)
        last = [one for one in heard.entries if one["kind"] == "samples"][-1]
        self.assertLess(killed_ns - last["time_ns"] - last["count"] / 48e-6, 1e9)
        again = parts.run([str(parts.ATOLL), "record", "window:beeps", "--player", "human", "--out", str(self.out), "--continue",
                           "--seconds", "2", "--set", "record.audio=true"], DISPLAY=self.screen)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(self.expect_ok()["episodes"], 2)

    def test_a_server_that_ends_is_a_declared_loss_and_comes_back(self):
        server = self.serve()
        self.beep(100, mode="sdl")
        recorder = self.begun()
        self.heard_until(recorder, 2)
        server.kill_sound()
        self.assertTrue(parts.wait_for(lambda: "no sound is recorded" in recorder.said(), 10), recorder.said())
        self.assertIsNone(recorder.process.poll(), "the recording goes on")
        server.start_sound()
        time.sleep(5)
        recorder.stop()
        checked = self.expect_ok()
        self.assertGreater(checked["audio"]["lost_seconds"], 0.1)
        entries = audio_parts.hear(self.out).entries
        self.assertEqual(sum("the sound server or its device ended" in one.get("reason", "") for one in entries), 1)
        self.assertEqual(entries[-1]["kind"], "samples", "sound is back")

    def test_without_a_server_or_an_output_or_that_name_nothing_begins(self):
        self.beep_silently()
        recorder = self.record()
        self.assertEqual(recorder.end()["code"], 1)
        self.assertIn("PipeWire does not answer", recorder.said())
        self.assertFalse(self.out.exists())
        self.serve()
        recorder = self.record("record.audio_from=flute")
        self.assertEqual(recorder.end()["code"], 1)
        self.assertIn('nothing at PipeWire is called "flute", found the output "speakers"', recorder.said())
        self.assertFalse(self.out.exists())

    def beep_silently(self):
        """A window, with a sound server that is gone when it is recorded."""
        with audio_parts.sound_server(self.work / "first"):
            self.beep(100, mode="sdl", after_s=60)

    def test_what_is_named_is_heard(self):
        self.serve()
        self.beep(200, after_s=1)
        for name in ("speakers", "beep"):  # an output, and a program
            with self.subTest(name):
                recorder = self.begun(f"record.audio_from={name}")
                self.heard_until(recorder, 3)
                recorder.stop()
                self.expect_ok()
                self.assertGreater(len(audio_parts.hear(self.out).beeps()), 3)
                parts.free(self.out)

    def test_copies_hold_the_same_sound(self):
        self.serve()
        self.beep(100, after_s=1)
        recorder = self.begun("record.hotkeys.success=f7")
        self.heard_until(recorder, 3)
        recorder.stop()
        copy = self.work / "copy"
        done = parts.run([str(parts.ATOLL), "dataset", "merge", str(self.out), "--out", str(copy)])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.expect_ok(copy)
        self.assertTrue(np.array_equal(audio_parts.hear(copy).samples, audio_parts.hear(self.out).samples))

    def test_damaged_sound_is_told(self):
        self.serve()
        self.beep(100, after_s=1)
        recorder = self.begun()
        self.heard_until(recorder, 3)
        recorder.stop()
        audio = self.out / "audio.mp4"
        whole = audio.read_bytes()
        flipped = bytearray(whole)
        flipped[len(whole) * 2 // 3] ^= 0x10
        audio.write_bytes(flipped)
        checked = parts.check(self.out)
        self.assertEqual(checked["verdict"], "repairable")
        self.assertIn("audio.mp4: ", checked["problems"][0])
        self.assertEqual(parts.repair(self.out).returncode, 0)
        self.expect_ok()
        kept = audio_parts.hear(self.out)
        self.assertGreaterEqual(len(kept.samples), sum(one["count"] for one in kept.entries if one["kind"] == "samples"))
        self.assertGreater(len(kept.beeps()), 1)
        self.assertEqual((self.out / "audio.mp4.damaged").read_bytes(), flipped)


if __name__ == "__main__":
    unittest.main()
