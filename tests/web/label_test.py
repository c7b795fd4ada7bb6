"""`atoll label` as an annotator meets it: real recordings, the real program, its page in headless Chromium.

Run by ctest; ATOLL_BIN holds the built program.
"""

import json
import math
import os
import pathlib
import signal
import struct
import subprocess
import tempfile
import time
import unittest

from devtools import Browser, DEADLINE_S, status_of

ATOLL = str(pathlib.Path(os.environ["ATOLL_BIN"], "atoll"))
DOOM_TICS = 200


class Server:
    """A running command that tells its page's address."""

    def __init__(self, *arguments, environment=None):
        self.process = subprocess.Popen([ATOLL, *arguments, "--json"], stdout=subprocess.PIPE, text=True, env=environment)
        self.url = json.loads(self.process.stdout.readline())["url"]

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(timeout=DEADLINE_S)
        self.process.stdout.close()
        return self.process.returncode


def edits_of(recording: pathlib.Path, annotator: str) -> list[dict]:
    lines = (recording / "labels" / f"{annotator}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines[1:]]


def labels_after(edits: list[dict]) -> dict:
    """What the log says by itself: an independent reading of it."""
    labels = {}
    for edit in edits:
        for change in edit["changes"]:
            if change["after"] is None:
                labels.pop(change["id"], None)
            else:
                labels[change["id"]] = change["after"]
    return labels


# What lies on the page: letters of the keys that are down, sides of the mouse's buttons that are (-1: left), and where
# its motion points.
DRAWN = """(() => {
  const keys = [...document.querySelectorAll('#keyboard .down text')].map((text) => text.textContent);
  const buttons = [...document.querySelectorAll('#mouse .down')].map((button) => {
    const box = button.getBBox();
    return Math.sign(box.x + box.width / 2);
  });
  const line = document.getElementById('move'), at = (name) => Number(line.getAttribute(name));
  const move = line.getAttribute('visibility') === 'visible' ? [at('x2') - at('x1'), at('y2') - at('y1')] : [0, 0];
  return {keys: keys.sort(), buttons: buttons.sort(), move};
})()"""
LETTERS = {"left_shift": "shift", "space": "space", "tab": "tab"}
BUTTONS = {"mouse_left": -1, "mouse_middle": 0, "mouse_right": 1}


def angle(dx, dy):
    return round(math.degrees(math.atan2(dy, dx))) if dx or dy else None


def down_in(action: dict) -> set[str]:
    return set(action.get("held", [])) | set(action.get("presses", {}))


def drawing_of(action: dict) -> dict:
    """What DRAWN should find of a recorded action."""
    down = down_in(action)
    return {
        "keys": sorted(LETTERS.get(control, control.upper()) for control in down - BUTTONS.keys()),
        "buttons": sorted(BUTTONS[control] for control in down & BUTTONS.keys()),
        "angle": angle(action.get("dx", 0), action.get("dy", 0)),
    }


def import_doom(out: pathlib.Path):
    """The first tics of freedoom1's DEMO3: a person fires, walks and turns, and picks up three things."""
    wad = pathlib.Path("/usr/share/games/doom/freedoom1.wad").read_bytes()
    count, directory = struct.unpack_from("<ii", wad, 4)
    entries = [struct.unpack_from("<ii8s", wad, directory + 16 * i) for i in range(count)]
    (begin,) = [begin for begin, _, name in entries if name.rstrip(b"\0") == b"DEMO3"]
    demo = out.with_suffix(".lmp")
    demo.write_bytes(wad[begin : begin + 13 + 4 * DOOM_TICS] + b"\x80")
    subprocess.run([ATOLL, "import", "doom-demo", str(demo), "--out", str(out)], check=True, capture_output=True)


class LabelPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        cls.doom = cls.root / "doom"
        import_doom(cls.doom)
        for name, more in (("plain", []), ("video", ["--set", "record.video=true"])):
            command = [ATOLL, "record", "playhouse", "--episodes", "4", "--out", str(cls.root / "all" / name), *more]
            subprocess.run(command, check=True, capture_output=True)
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.folder.cleanup()

    def serve(self, *arguments):
        server = Server("label", str(self.root / "all"), *arguments)
        self.addCleanup(server.stop)
        return server

    def open(self, server, place="0/0/0"):
        page = self.browser.open(f"{server.url}#{place}")
        page.wait("window.atoll && atoll.shown && atoll.data")
        return page

    def label(self, page, text):
        before = page.evaluate("atoll.revision")
        page.key("n")
        page.wait("!document.getElementById('editor').hidden")
        page.type(text)
        page.key("Enter")
        page.wait(f"atoll.revision === {before + 1}")

    def press(self, page, key, **modifiers):
        before = page.evaluate("atoll.revision")
        page.key(key, **modifiers)
        page.wait(f"atoll.revision === {before + 1}")

    def test_everything_is_done_by_keyboard_and_is_in_the_file(self):
        server = self.serve("--annotator", "anna")
        page = self.open(server)
        page.key("ArrowRight", shift=True)
        page.wait("atoll.time === 1")
        self.label(page, "look around")
        page.key("ArrowRight", shift=True)
        page.wait("atoll.time === 2")
        self.press(page, "o")  # ends here
        page.key("ArrowLeft", shift=True)
        page.wait("atoll.time === 1")
        page.key("ArrowRight")
        page.wait("atoll.time > 1 && atoll.time < 1.2")
        self.press(page, "i")  # begins here
        page.key("ArrowRight")
        page.key("ArrowRight")
        page.wait("atoll.time > 1.15")
        self.press(page, "s")
        self.press(page, "1")
        page.key("Enter")
        page.wait("!document.getElementById('editor').hidden")
        page.type("look at the ball")
        before = page.evaluate("atoll.revision")
        page.key("Enter")
        page.wait(f"atoll.revision === {before + 1}")
        shown = page.evaluate(
            "[...atoll.labels].filter(([id, l]) => l.source === 'annotator')"
            ".map(([id, l]) => [l.text, l.mark, l.begin, l.end]).sort()"
        )
        self.assertEqual([row[:2] for row in shown], [["look around", "unknown"], ["look at the ball", "succeeded"]])
        self.assertAlmostEqual(shown[0][3], shown[1][2])
        self.assertAlmostEqual(shown[1][3], 2.0)
        saved = labels_after(edits_of(self.root / "all" / "plain", "anna"))
        in_file = sorted([label["text"], label["mark"], label["end_ns"]] for label in saved.values())
        self.assertEqual(in_file, [["look around", "unknown", round(shown[0][3] * 1e9)], ["look at the ball", "succeeded", 2_000_000_000]])

        self.press(page, "Delete")
        count = "[...atoll.labels.values()].filter((l) => l.source === 'annotator').length"
        self.assertEqual(page.evaluate(count), 1)
        self.press(page, "z", control=True)
        self.assertEqual(page.evaluate(count), 2)
        self.press(page, "z", control=True)
        self.assertTrue(page.evaluate("[...atoll.labels.values()].every((l) => l.text !== 'look at the ball')"))
        self.press(page, "z", control=True, shift=True)
        self.assertTrue(page.evaluate("[...atoll.labels.values()].some((l) => l.text === 'look at the ball')"))
        self.assertEqual(page.problems, [])
        # A page that is loaded again shows the same, and nothing is lost by the way out.
        page = self.open(server)
        self.assertEqual(page.evaluate("atoll.labels.size"), page.evaluate("atoll.data.labels.length"))
        self.assertEqual(page.evaluate(count), 2)
        self.assertEqual(server.stop(), 0)
        check = subprocess.run([ATOLL, "check", str(self.root / "all" / "plain")], capture_output=True, text=True)
        self.assertEqual(check.returncode, 0, check.stdout)

    def test_pictures_and_keys_are_those_of_the_recording(self):
        page = self.open(self.serve("--annotator", "pia"), "1/0/0")
        folder = self.root / "all" / "video"
        raw = subprocess.run(
            ["ffmpeg", "-v", "error", "-i", folder / "video.mp4", "-f", "rawvideo", "-pix_fmt", "rgb24", "-vsync", "0", "-"],
            check=True, capture_output=True,
        ).stdout  # fmt: skip
        pixels = 96 * 72 * 3
        rows, actions = self.actions_of(page, 1, folder)
        for index in range(12):
            shown = page.evaluate(
                "(() => { const c = document.getElementById('picture');"
                " return Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data); })()"
            )
            rgb = [value for i, value in enumerate(shown) if i % 4 != 3]
            stored = raw[index * pixels : (index + 1) * pixels]
            difference = sum(abs(a - b) for a, b in zip(rgb, stored)) / pixels
            self.assertLess(difference, 4.0, f"picture {index}")
            here = page.evaluate("atoll.shown.t")
            self.assertAlmostEqual(here, index / 15, places=4)
            self.expect_drawn(page, [action for row, action in zip(rows, actions) if row["t"] <= here + 1e-9][-1])
            page.key("ArrowRight")
            page.wait(f"atoll.shown.t > {here}")

    def test_buttons_and_motions_of_doom_are_those_of_the_recording(self):
        server = Server("label", str(self.doom), "--annotator", "pia")
        self.addCleanup(server.stop)
        page = self.open(server)
        rows, actions = self.actions_of(page, 0, self.doom)
        self.assertEqual(len(rows), DOOM_TICS)
        kinds = {}  # of what is drawn: a step with it
        for step, action in enumerate(actions):
            drawing = drawing_of(action)
            kinds.setdefault((*drawing["keys"], *drawing["buttons"], drawing["angle"]), step)
        self.assertLessEqual({("A", "W", None), (-1, 0), (180,), (None,)}, kinds.keys())
        for step in kinds.values():
            page.evaluate(f"go(0, {rows[step]['t']})")
            self.expect_drawn(page, actions[step])
        self.assertEqual(page.problems, [])

    def actions_of(self, page, index, recording):
        """The first episode's, as the page is told them and as they lie in the file."""
        rows = page.evaluate(f"fetch('api/actions?recording={index}&episode=0&from=0&to=100').then((a) => a.json())")
        actions = [json.loads(line) for line in self.recorded(recording, "atoll/action")][: len(rows)]
        for row, action in zip(rows, actions):
            self.assertEqual(set(row.get("held", [])), down_in(action))
        self.assertGreater(len(rows), 10)
        return rows, actions

    def expect_drawn(self, page, action):
        wanted, end = drawing_of(action), time.monotonic() + DEADLINE_S
        while True:
            drawn = page.evaluate(DRAWN)
            drawn["angle"] = angle(*drawn.pop("move"))
            if drawn == wanted:
                return
            self.assertLess(time.monotonic(), end, f"{drawn}, expected {wanted}")
            time.sleep(0.02)

    def recorded(self, recording, topic):
        from mcap.reader import make_reader

        with open(recording / "session.mcap", "rb") as file:
            return [message.data.decode() for _, _, message in make_reader(file).iter_messages(topics=[topic])]

    def test_annotators_do_not_see_each_other(self):
        first = self.serve("--annotator", "carl")
        page = self.open(first)
        self.label(page, "only carl knows this")
        second = self.serve("--annotator", "dora")
        other = self.open(second)
        self.assertFalse(other.evaluate("[...atoll.labels.values()].some((l) => l.text.includes('carl'))"))
        self.label(other, "dora was here")
        self.assertEqual(edits_of(self.root / "all" / "plain", "dora")[0]["edit"], 1)
        refused = subprocess.run(
            [ATOLL, "label", str(self.root / "all"), "--annotator", "carl", "--draft"], capture_output=True, text=True
        )
        self.assertEqual(refused.returncode, 1)
        self.assertIn("another `atoll label`", refused.stderr)

    def test_a_page_that_does_not_know_the_newest_labels_changes_nothing(self):
        server = self.serve("--annotator", "emil")
        one, two = self.open(server), self.open(server)
        self.label(one, "first")
        two.key("n")
        two.wait("!document.getElementById('editor').hidden")
        two.type("second")
        two.key("Enter")
        two.wait("document.getElementById('message').textContent.includes('load the page again')")
        self.assertEqual(len(edits_of(self.root / "all" / "plain", "emil")), 1)

    def test_a_kill_loses_nothing_that_the_page_called_saved(self):
        total = 0
        for _ in range(3):
            server = Server("label", str(self.root / "all"), "--annotator", "kai")
            page = self.open(server)
            self.assertEqual(page.evaluate("atoll.revision"), total)
            # Edits as fast as the server takes them, until it dies.
            page.evaluate(
                "window.saved = atoll.revision; (async () => { for (;;) { const answer = await fetch('api/edit?recording=0',"
                " {method: 'POST', body: JSON.stringify({revision: window.saved, what: 'new', changes: [{id: null,"
                " label: {episode: 0, text: 'again', begin: 0, end: 1, source: 'annotator', mark: 'unknown'}}]})});"
                " window.saved = (await answer.json()).revision; } })().catch(() => {}); 0"
            )
            page.wait(f"window.saved > {total + 5}")
            server.stop(signal.SIGKILL)
            acknowledged = page.evaluate("window.saved")
            total = len(edits_of(self.root / "all" / "plain", "kai"))
            self.assertIn(total - acknowledged, (0, 1))

    def test_the_page_is_for_those_with_its_token_alone(self):
        server = self.serve("--annotator", "guard")
        token = server.url.rstrip("/").rsplit("/", 1)[1]
        self.assertEqual(len(token), 32)
        base = server.url.replace(token + "/", "")

        def status(path, data=None, **headers):
            return status_of(base + path, data, **headers)

        port = base.rstrip("/").rsplit(":", 1)[1]
        self.assertEqual(status(f"{token}/"), 200)
        self.assertEqual(status(f"{token}/", Host=f"localhost:{port}"), 200)
        for wrong in ("", "api/recordings", f"{token[:-1]}/", f"{'0' * 32}/api/recordings", f"{token}0/"):
            self.assertEqual(status(wrong), 403, wrong)
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1:1", f"127.0.0.1.evil.example:{port}"):
            self.assertEqual(status(f"{token}/", Host=host), 403, host)
        body = json.dumps({"revision": 0, "what": "x", "changes": []}).encode()
        self.assertEqual(status(f"{token}/api/edit?recording=0", body, Origin="http://evil.example"), 403)
        self.assertEqual(status(f"{token}/api/edit?recording=0", body), 400)  # changes nothing, but may ask
        self.assertEqual(status(f"{token}/api/edit?recording=0", b"x" * (2 << 20)), 413)
        self.assertEqual(status(f"{token}/api/edit?recording=9", body), 400)
        self.assertEqual(status(f"{token}/api/edit?recording=0", b"no json"), 400)
        self.assertEqual(status(f"{token}/api/pictures?recording=0&episode=0&from=nan&to=1&gap=0&most=1&width=0"), 400)
        self.assertEqual(status(f"{token}/api/actions?recording=0&episode=99&from=0&to=1"), 400)
        self.assertEqual(status(f"{token}/../../etc/passwd"), 404)

    def test_ends_at_once_when_asked(self):
        server = self.serve("--annotator", "fred")
        page = self.open(server)
        page.key(" ")
        begin = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - begin, 10)  # on a machine under load; else a second

    def test_hindsight_drafts_what_was_done(self):
        out = self.root / "drafts" / "pick"
        command = [ATOLL, "record", "playhouse/flat", "--task", "pick up", "--episodes", "3", "--out", str(out)]
        subprocess.run(command, check=True, capture_output=True)
        drafted = subprocess.run(
            [ATOLL, "label", str(out), "--annotator", "rules", "--draft", "--json"], capture_output=True, text=True, check=True
        )
        self.assertGreaterEqual(json.loads(drafted.stdout)["drafted"], 3)
        texts = [label["text"] for label in labels_after(edits_of(out, "rules")).values()]
        self.assertGreaterEqual(sum(text.startswith("pick up the ") for text in texts), 3)
        again = subprocess.run(
            [ATOLL, "label", str(out), "--annotator", "rules", "--draft", "--json"], capture_output=True, text=True, check=True
        )
        self.assertEqual(json.loads(again.stdout)["drafted"], 0)

    def test_hindsight_drafts_what_was_picked_up_in_doom(self):
        command = [ATOLL, "label", str(self.doom), "--annotator", "rules", "--draft", "--json"]
        drafted = subprocess.run(command, capture_output=True, text=True, check=True)
        labels = list(labels_after(edits_of(self.doom, "rules")).values())
        self.assertEqual(json.loads(drafted.stdout)["drafted"], len(labels))
        things = [label["text"].removeprefix("pick up the ") for label in sorted(labels, key=lambda label: label["end_ns"])]
        self.assertEqual(things, ["health bonus", "pump-action shotgun", "health bonus"])
        self.assertEqual({label["mark"] for label in labels}, {"succeeded"})
        # Found in the pictures of the video, and by the import in those of the game: at the same tic.
        (imported,) = [
            message for message in map(json.loads, self.recorded(self.doom, "atoll/instruction"))
            if message["text"] == "pick up the pump-action shotgun"
        ]  # fmt: skip
        (shotgun,) = [label for label in labels if label["text"] == imported["text"]]
        self.assertAlmostEqual(shotgun["end_ns"] / 1e9, imported["duration_ns"] / 1e9, delta=0.06)


if __name__ == "__main__":
    unittest.main()
