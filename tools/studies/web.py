"""Measures the local pages: web.py FOLDER COMMAND LONG_RECORDING KILLS PICTURES."""

import concurrent.futures
import http.client
import json
import math
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from devtools import Browser
from figures import Figure, figure, write_figures
from label_test import Server, edits_of
from setter_test import CLOCK, Screen, Session, latencies_ms

ATOLL = str(pathlib.Path(os.environ["ATOLL_BIN"], "atoll"))
SEEKS, EDITS, FRAMES, RECORDINGS = 60, 30, 120, 600
WORDS = """*Setter*: a game draws CLOCK_MONOTONIC into its window 60 times a second; a session records it, and the setter's page in
headless Chromium reads the time back from each picture that it shows. *Ten hours*: one recording of 20 episodes, 540,000
pictures and 6,000 instructions on the page of `atoll label`; a seek ends when the picture of that time is shown, an edit
when the page shows it as saved (the file has it on the disk). *Kills*: a client edits as fast as `atoll label` takes it;
the server is killed at a random moment; whatever it had acknowledged must be in the file."""


def rank(values: list[float], part: float) -> float:
    return sorted(values)[max(math.ceil(part * len(values)) - 1, 0)]


def spread(name: str, values: list[float], part: float, unit: str, bar: float | None, words: str = "") -> Figure:
    value = rank(values, part)
    met = None if bar is None else value <= bar
    return figure(name, value, unit, low=min(values), high=max(values), n=len(values), bar=words or f"<= {bar} {unit}", met=met)


def setter(folder: pathlib.Path, pictures: int) -> list[Figure]:
    profile = folder / "clock.toml"
    profile.write_text(CLOCK)
    screen, delays = Screen(), []
    try:
        with Browser() as browser:
            for index in range(3):
                out = folder / f"clock-{index}"
                session = Session(screen, "record", profile, "--player", "human", "--seconds", 300, "--out", out)
                page = browser.open(session.url)
                page.wait("window.atoll && atoll.drawn > 5 && atoll.status && atoll.status.playing")
                delays += latencies_ms(page, pictures // 3, 120)
                session.stop()
    finally:
        screen.close()
    return [
        spread("setter's picture, from the game's window to the browser, p50", delays, 0.5, "ms", 200),
        spread("setter's picture, p95", delays, 0.95, "ms", 200),
    ]


def seconds_until(page, expression: str) -> float:
    begin = time.monotonic()
    page.wait(expression, 120)
    return time.monotonic() - begin


def label(recording: pathlib.Path) -> list[Figure]:
    annotator = f"study-{time.time_ns()}"
    server = Server("label", str(recording), "--annotator", annotator)
    try:
        with Browser() as browser:
            page = browser.open(server.url)
            opened = seconds_until(page, "window.atoll && atoll.data")
            shown = opened + seconds_until(page, "atoll.shown")
            chooser, seeks = random.Random(1), []
            for _ in range(SEEKS):
                begin = time.monotonic()
                page.evaluate(f"goAxis({chooser.random()} * axisEnd()); 0")
                page.wait("atoll.shown.episode === atoll.episode && Math.abs(atoll.shown.t - atoll.time) < .1")
                seeks.append(1e3 * (time.monotonic() - begin))
            frames = page.evaluate(
                "(async () => { const gaps = []; let last = performance.now(); for (let i = 0; i < %d; ++i) {"
                " S.view = {at: i * 100, seconds: 3600}; $('list').scrollTop = i * 5; redraw();"
                " await new Promise(requestAnimationFrame); const now = performance.now(); gaps.push(now - last); last = now;"
                " } return gaps; })()" % FRAMES
            )
            edits = []
            for number in range(1, EDITS + 1):
                page.evaluate(f"goAxis({chooser.random()} * axisEnd()); 0")
                page.evaluate(
                    f"edit('new', [{{id: null, label: {{episode: S.episode, text: 'edit {number}', begin: 1, end: 2,"
                    " source: 'annotator', mark: 'unknown'}}]); window.begun = performance.now(); 0"
                )
                page.wait(f"atoll.revision === {number} && (window.took ??= performance.now() - window.begun)")
                edits.append(page.evaluate("(() => { const took = window.took; window.took = undefined; return took; })()"))
            heap = page.evaluate("performance.memory.usedJSHeapSize / 1e6")
            assert not page.problems, page.problems
    finally:
        server.stop()
        (recording / "labels" / f"{annotator}.jsonl").unlink(missing_ok=True)
    return [
        figure("ten hours in one recording: opened after", opened, "s", n=1, bar="<= 5 s, once", met=opened <= 5),
        figure("ten hours in one recording: first picture after", shown, "s", n=1, bar="<= 7 s, once", met=shown <= 7),
        spread("ten hours: a seek to any time, p95", seeks, 0.95, "ms", 300),
        spread("ten hours: a frame while list and timeline scroll, p95", frames, 0.95, "ms", 50),
        spread("ten hours: an edit until it is saved, p95", edits, 0.95, "ms", 300),
        figure("ten hours: memory of the page", heap, "MB", n=1, bar="<= 200 MB", met=heap <= 200),
    ]


def many(folder: pathlib.Path) -> list[Figure]:
    first = folder / "many" / "recording-000"
    record(first, 1)
    for index in range(1, RECORDINGS):
        other = folder / "many" / f"recording-{index:03}"
        other.mkdir()
        for file in first.iterdir():
            if file.is_file():
                os.link(file, other / file.name)
    server = Server("label", str(folder / "many"), "--annotator", "study")
    try:
        with Browser() as browser:
            page = browser.open(server.url)
            listed = seconds_until(page, f"window.atoll && atoll.recordings.length === {RECORDINGS} && atoll.shown")
    finally:
        server.stop()
    return [figure(f"{RECORDINGS} recordings: listed, the first one shown", listed, "s", n=1, bar="<= 3 s", met=listed <= 3)]


def record(out: pathlib.Path, episodes: int) -> None:
    command = [ATOLL, "record", "playhouse", "--episodes", str(episodes), "--out", str(out), "--set", "record.video=true"]
    subprocess.run(command, check=True, capture_output=True)


class Client(threading.Thread):
    """Edits until the server is gone; counts what was acknowledged."""

    def __init__(self, url: str, revision: int):
        super().__init__()
        self.url, self.acknowledged, self.first = urllib.parse.urlparse(url), revision, threading.Event()

    def run(self):
        label = {"episode": 0, "text": "again", "begin": 0, "end": 1, "source": "annotator", "mark": "unknown"}
        while True:
            body = {"revision": self.acknowledged, "what": "new", "changes": [{"id": None, "label": label}]}
            try:
                connection = http.client.HTTPConnection(self.url.netloc, timeout=60)
                connection.request("POST", f"{self.url.path}api/edit?recording=0", json.dumps(body))
                self.acknowledged = json.loads(connection.getresponse().read())["revision"]
                connection.close()
            except (OSError, http.client.HTTPException, ValueError):
                return
            self.first.set()


def kills(folder: pathlib.Path, count: int) -> list[Figure]:
    recording, chooser = folder / "killed", random.Random(2)
    record(recording, 1)
    revision, lost = 0, 0
    for _ in range(count):
        server = Server("label", str(recording), "--annotator", "study")
        client = Client(server.url, revision)
        client.start()
        client.first.wait(60)
        time.sleep(chooser.uniform(0, 0.15))
        server.stop(signal.SIGKILL)
        client.join()
        revision = len(edits_of(recording, "study"))
        lost += max(0, client.acknowledged - revision)
    proved = subprocess.run([ATOLL, "check", str(recording)], capture_output=True).returncode == 0
    return [
        figure("edits that a killed `atoll label` had acknowledged and lost", lost, "", n=count, bar="0", met=lost == 0 and proved),
        figure("edits that were acknowledged meanwhile", revision, "", n=count),
    ]


def dataset_kills(folder: pathlib.Path, count: int) -> list[Figure]:
    source, chooser, bad = folder / "source", random.Random(3), 0
    record(source, 6)
    before = {file.name: file.read_bytes() for file in source.iterdir() if file.is_file()}
    whole = []
    for index in range(count):
        out = folder / f"merged-{index}"
        process = subprocess.Popen([ATOLL, "dataset", "merge", source, "--out", out], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chooser.uniform(0.0, 2.0))
        process.kill()
        process.wait()
        if out.exists():
            whole.append(out)
            bad += subprocess.run([ATOLL, "check", str(out)], capture_output=True).returncode != 0
    bad += before != {file.name: file.read_bytes() for file in source.iterdir() if file.is_file()}
    return [
        figure("`atoll dataset merge` killed: copies that were not whole, or originals that changed", bad, "", n=count, bar="0", met=bad == 0),
        figure("of these, copies that were there", len(whole), "", n=count),
    ]


def main() -> int:
    folder, command, recording, num_kills, pictures = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
    with tempfile.TemporaryDirectory() as temporary:
        here = pathlib.Path(temporary)
        figures = [*setter(here, pictures), *label(recording), *many(here)]
        with concurrent.futures.ThreadPoolExecutor() as pool:  # no times are taken here
            killed = [pool.submit(kills, here, num_kills), pool.submit(dataset_kills, here, max(5, num_kills // 4))]
            figures += [one for part in killed for one in part.result()]
    return 0 if write_figures(folder, command, "Local pages", WORDS, figures) else 1


sys.exit(main())
