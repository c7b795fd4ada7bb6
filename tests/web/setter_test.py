"""`atoll record --setter` as two people meet it: a real game on a screen of its own, the setter's page in headless
Chromium, the recording read by PyPI's mcap.

Run by ctest; ATOLL_BIN holds the built programs.
"""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import numpy as np
from devtools import Browser, DEADLINE_S, status_of

BIN = pathlib.Path(os.environ["ATOLL_BIN"])

CLOCK = """version = 1
name = "clock"
title = "A clock"
[program]
command = ["{bin}/atoll_clock_window"]
[window]
class = "AtollClock"
width_px = 640
height_px = 480
[game]
frame_rate_hz = 60.0
action_rate_hz = 15.0
controls = ["w"]
[tasks]
families = ["free play"]
judge = "none"
"""

# Reads the picture of atoll_clock_window: capture/counter_picture.h in JavaScript. Times are taken when the browser
# shows the picture.
READER = """
window.seen = [];
atoll.onpicture = (g, canvas) => {
  const {data, width} = g.getImageData(0, 0, canvas.width, canvas.height);
  const white = [];
  for (let cell = 0; cell < 64; ++cell) {
    const x = Math.floor((cell % 8 + .5) * canvas.width / 8), y = Math.floor((Math.floor(cell / 8) + .5) * canvas.height / 8);
    white.push(data[4 * (y * width + x)] > 127 ? 1 : 0);
  }
  let bits = 0, whole = true;
  for (let i = 0; i < 32; ++i) {
    bits = (bits << 1 | white[i]) >>> 0;
    whole = whole && white[i] !== white[i + 32];
  }
  const ms = Math.imul(bits, INVERSE) >>> 0;
  requestAnimationFrame((now) => window.seen.push({ms, whole, now: performance.now()}));
};
0
""".replace("INVERSE", str(pow(0x9E3779B1, -1, 1 << 32)))


class Screen:
    """An X server of its own."""

    def __init__(self):
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24", "-noreset", "-nolisten", "tcp"]
        self.process = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as file:
            self.name = ":" + file.readline().strip()

    def picture(self):
        """800x600 RGB."""
        grab = ["ffmpeg", "-v", "error", "-f", "x11grab", "-video_size", "800x600", "-i", self.name, "-frames:v", "1"]
        return subprocess.run([*grab, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], check=True, capture_output=True).stdout

    def close(self):
        self.process.terminate()
        self.process.wait()


class Session:
    """A running `atoll record WORLD --setter`."""

    def __init__(self, screen, *arguments):
        environment = {**os.environ, "DISPLAY": screen.name}
        self.process = subprocess.Popen(
            [str(BIN / "atoll"), *map(str, arguments), "--setter"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        self.said = []
        for line in self.process.stderr:
            self.said.append(line)
            if line.startswith("setter: "):
                self.url = line.split()[1]
                break
        self.reader = threading.Thread(target=lambda: self.said.extend(self.process.stderr))
        self.reader.start()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=DEADLINE_S)
        self.reader.join()
        self.process.stderr.close()
        return self.process.returncode


def clock_offset_ms(page):
    """What to add to the page's performance.now() for CLOCK_MONOTONIC in ms: the tightest of a few brackets."""
    best = None
    for _ in range(20):
        before = time.monotonic()
        now = page.evaluate("performance.now()")
        after = time.monotonic()
        if best is None or after - before < best[0]:
            best = (after - before, (before + after) * 500 - now)
    return best[1]


def latencies_ms(page, count, seconds=DEADLINE_S):
    """From the drawing of a picture in the game's window to the browser that shows it."""
    page.evaluate(READER)
    page.wait(f"window.seen.length >= {count}", seconds)
    offset = clock_offset_ms(page)
    seen = page.evaluate("window.seen")
    assert all(s["whole"] for s in seen), "a picture was torn"
    return [s["now"] + offset - s["ms"] for s in seen]


# The instruction over the game (tools/instruction_overlay.cpp, x11/overlay.cpp): light letters on one of two grounds,
# the first while it is new.
GROUNDS = ((0x8A, 0x5A, 0x00), (0x1F, 0x3A, 0x5F))
LIGHT = (0xF4, 0xF4, 0xF0)
MARGIN, LETTER, ADVANCE, HEIGHT = 10, 10, 12, 14  # px around the line, of a letter, from one to the next


def words_on(picture):
    """Which pixels of the box with the instruction are letters; None: there is no such box, or other colours are in it."""
    pixels = np.frombuffer(picture, np.uint8).reshape(600, 800, 3)
    for ground in GROUNDS:
        at = picture.find(bytes(ground) * 20)
        while at >= 0 and at % 3:
            at = picture.find(bytes(ground) * 20, at + 1)
        if at < 0:
            continue
        y, x = divmod(at // 3, 800)
        is_ground = (pixels == ground).all(axis=2)
        width = int(np.argmin(np.append(is_ground[y, x:], False)))
        height = int(np.argmin(np.append(is_ground[y:, x], False)))
        box = slice(y, y + height), slice(x, x + width)
        letters = (pixels[box] == LIGHT).all(axis=2)
        return letters if (letters | is_ground[box]).all() else None
    return None


def letters_of(words, text):
    """How each letter of `text` looks where the box shows it in one line; None: it shows something else.

    Equal letters look alike and others do not: that is all that this knows of the font.
    """
    if words is None or words.shape != (2 * MARGIN + HEIGHT, 2 * MARGIN + ADVANCE * len(text) - (ADVANCE - LETTER)):
        return None
    places = [MARGIN + ADVANCE * i for i in range(len(text))]
    looks = [words[MARGIN : MARGIN + HEIGHT, x : x + LETTER].tobytes() for x in places]
    known = dict(zip(text, looks))
    is_text = len(set(known.values())) == len(known) and [known[letter] for letter in text] == looks
    return known if is_text else None


class SetterPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        cls.screen = Screen()
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.screen.close()
        cls.folder.cleanup()

    def start(self, *arguments):
        session = Session(self.screen, *arguments)
        self.addCleanup(session.stop)
        page = self.browser.open(session.url)
        page.wait("window.atoll && atoll.drawn > 2 && atoll.status && atoll.status.playing")
        return session, page

    def give(self, page, text):
        before = len(page.evaluate("atoll.status.instructions"))
        page.click("#text")
        page.type(text)
        page.key("Enter")
        page.wait(f"atoll.status.instructions.length === {before + 1} && document.getElementById('text').value === ''")

    def start_clock(self, name):
        profile = self.root / f"{name}.toml"
        profile.write_text(CLOCK)
        return self.start("record", profile, "--player", "human", "--seconds", 60, "--out", self.root / name)

    def wait_words(self, text):
        """The player is shown them; returns how their letters look."""
        end = time.monotonic() + DEADLINE_S
        while (known := letters_of(words_on(self.screen.picture()), text)) is None:
            self.assertLess(time.monotonic(), end, f'the player is not shown "{text}"')
        return known

    def test_what_a_setter_says_reaches_the_player_and_the_recording(self):
        out = self.root / "doom"
        session, page = self.start("record", "doom", "--player", "human", "--seconds", 60, "--out", out, "--instruction", "explore")
        self.assertIsNone(words_on(self.screen.picture()))
        self.give(page, "find the blue door")
        first = self.wait_words("find the blue door")
        page.click("#succeeded")
        page.wait("atoll.status.instructions[0].mark === 'succeeded'")
        self.give(page, "shoot \u2713")
        self.give(page, "shoot again")
        second = self.wait_words("shoot again")
        common = first.keys() & second.keys()
        self.assertEqual({letter: first[letter] for letter in common}, {letter: second[letter] for letter in common})
        page.click("#failed")
        page.wait("atoll.status.instructions[2].mark === 'failed'")
        self.give(page, "never mind")
        page.click("#withdrawn")
        page.wait("atoll.status.instructions[3].end !== undefined")
        shown = page.evaluate("atoll.status.instructions")
        self.assertEqual(page.problems, [])
        self.assertEqual(session.stop(), 0)

        check = subprocess.run([BIN / "atoll", "check", out, "--json"], capture_output=True, text=True)
        (recording,) = json.loads(check.stdout)["recordings"]
        self.assertEqual((recording["verdict"], recording["problems"]), ("ok", []))
        told = self.instructions(out)
        self.assertEqual(
            [(i["text"], i["source"], i["mark"]) for i in told],
            [
                ("explore", "program", "unknown"),
                ("find the blue door", "setter", "succeeded"),
                ("shoot \u2713", "setter", "unknown"),
                ("shoot again", "setter", "failed"),
                ("never mind", "setter", "unknown"),
            ],
        )
        # The spans are those that the page showed; one follows the other.
        start = told[0]["begin_ns"]
        for instruction, row in zip(told[1:], shown):
            self.assertAlmostEqual((instruction["begin_ns"] - start) / 1e9, row["begin"], places=6)
            self.assertAlmostEqual(instruction["duration_ns"] / 1e9, row["end"] - row["begin"], places=6)
        self.assertEqual(told[0]["begin_ns"] + told[0]["duration_ns"], told[1]["begin_ns"])
        self.assertLessEqual(told[2]["begin_ns"] + told[2]["duration_ns"], told[3]["begin_ns"])
        # No picture of the recording shows the box with the words, which lay in the corner of the window.
        width, height = 120, 2 * MARGIN + HEIGHT
        corner = subprocess.run(
            ["ffmpeg", "-v", "error", "-i", out / "video.mp4", "-vf", f"crop={width}:{height}:8:8", "-vsync", "0",
             "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
            check=True, capture_output=True,
        ).stdout  # fmt: skip
        pictures = np.frombuffer(corner, np.uint8).reshape(-1, height, width, 3).astype(np.int16)
        self.assertGreater(len(pictures), 10)
        for ground in GROUNDS:
            share = (np.abs(pictures - np.array(ground)) <= 16).all(axis=3).mean(axis=(1, 2))
            self.assertLess(share.max(), 0.5, f"picture {share.argmax()}")

    def instructions(self, recording):
        from mcap.reader import make_reader

        newest = {}
        with open(recording / "session.mcap", "rb") as file:
            for _, _, message in make_reader(file).iter_messages(topics=["atoll/instruction"]):
                fields = json.loads(message.data)
                newest[(message.log_time, fields["text"])] = {**fields, "begin_ns": message.log_time}
        return [newest[key] for key in sorted(newest)]

    def test_the_setter_sees_the_screen_live(self):
        _, page = self.start_clock("clock")
        delays = sorted(latencies_ms(page, 30))
        self.assertGreater(delays[0], -5, delays)  # two readings of one clock
        self.assertLess(delays[len(delays) // 2], 1000, delays)  # tools/studies/web.sh measures it on a quiet machine

    def test_marks_are_given_by_keys(self):
        session, page = self.start_clock("keys")
        asked = [("first", "1", "succeeded"), ("second", "2", "failed"), ("third", "3", "unknown")]
        for i, (text, key, mark) in enumerate(asked):
            self.give(page, text)
            page.key(key)  # a digit of the next instruction
            self.assertEqual(page.evaluate("document.getElementById('text').value"), key)
            self.assertIsNone(page.evaluate(f"atoll.status.instructions[{i}].end"))
            page.evaluate("document.getElementById('text').value = ''")
            page.key(key, alt=True)
            page.wait(f"atoll.status.instructions[{i}].end !== undefined")
            self.assertEqual(page.evaluate(f"atoll.status.instructions[{i}].mark"), mark)
            self.assertEqual(page.evaluate("document.getElementById('text').value"), "")
        self.assertEqual(page.problems, [])
        self.assertEqual(session.stop(), 0)
        told = [i for i in self.instructions(self.root / "keys") if i["source"] == "setter"]
        self.assertEqual([(i["text"], i["mark"]) for i in told], [(text, mark) for text, _, mark in asked])

    def test_the_page_is_for_those_with_its_token_alone(self):
        session, page = self.start_clock("token")
        token = session.url.rstrip("/").rsplit("/", 1)[1]
        self.assertEqual(len(token), 32)
        base = session.url.replace(token + "/", "")
        self.assertEqual(status_of(session.url), 200)
        for wrong in ("", "api/status?after=0", f"{token[:-1]}/", f"{token}0/", f"{'0' * 32}/api/picture?after=0&width=640"):
            self.assertEqual(status_of(base + wrong), 403, wrong)
        word = json.dumps({"kind": "instruct", "text": "from elsewhere"}).encode()
        self.assertEqual(status_of(f"{base}{'0' * 32}/api/say", word), 403)
        self.assertEqual(status_of(f"{base}api/say", word), 403)
        self.assertEqual(status_of(f"{session.url}api/say", word, Origin="http://evil.example"), 403)
        self.give(page, "from the page")
        self.assertEqual(page.evaluate("atoll.status.instructions.map((i) => i.text)"), ["from the page"])

    def test_the_page_says_when_the_session_ends(self):
        session, page = self.start_clock("short")
        self.assertEqual(session.stop(), 0)
        page.wait("document.getElementById('state').textContent === 'the session has ended'")

    def test_stepped_worlds_have_no_setter(self):
        done = subprocess.run(
            [BIN / "atoll", "record", "playhouse", "--setter", "--out", self.root / "no"], capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 2)
        self.assertIn("playhouse-window", done.stderr)


if __name__ == "__main__":
    unittest.main()
