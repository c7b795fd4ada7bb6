"""Holds `atoll record` against its bars: recorder.py FOLDER COMMAND QUICK|FULL [PART...]; parts: rates kills faults
privacy warnings."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable

import recorder_parts as parts
from figures import Figure, figure, write_figures

WORDS = """`atoll record window:NAME --player human` at real games on displays of their own, with x264 on this machine's two
cores, which the game and its software renderer share with the recorder. A loss is a gap in the numbers of the pictures
or a picture that the video does not hold, and no drop note speaks of it: `atoll check` finds both. Times of pictures are
read with PyPI's `mcap`. Killed, at 320x240, four at once: three of seven while it records, one each while it begins, ends, goes on with a recording, and
while what a kill left is repaired. Doom plays its own demos, Minetest is walked through; both draw in software, Minetest through
OpenGL."""
DISK_MIB = 4
KILLERS = 4


def rate_of(game: str, size: tuple[int, int], frame_rate: int, seconds: int, work: pathlib.Path) -> list[Figure]:
    """A game, and a person who turns and walks."""
    width, height = size
    is_doom = game == "Doom"
    name, window = f"{game} {width}x{height}", "dsda-doom" if is_doom else "Minetest"
    with parts.display(width, height) as screen, contextlib.ExitStack() as stack:
        stack.enter_context(parts.doom(screen, width, height, frame_rate) if is_doom else parts.minetest(screen, width, height))
        subprocess.run(["xdotool", "search", "--class", window, "windowfocus", "mousemove", str(width // 2), str(height // 2)],
                       env={**os.environ, "DISPLAY": screen}, check=False)
        player = parts.Player(screen)
        player.start()
        out = work / name
        recorder = parts.Recorder(screen, window, out, f"record.frame_rate_hz={frame_rate}")
        if not recorder.wait_begun():
            raise RuntimeError(recorder.said())
        time.sleep(3)
        begin, cpu = time.monotonic(), recorder.cpu_s()
        memory = [recorder.resident_mib()]
        while time.monotonic() < begin + seconds:
            time.sleep(1)
            memory.append(recorder.resident_mib())
        took, cpu = time.monotonic() - begin, recorder.cpu_s() - cpu
        found = recorder.stop()
        player.done.set()
        player.join()
    times = parts.pictures(out)
    inside = [t for t in times if begin * 1e9 <= t <= (begin + took) * 1e9]
    checked = parts.check(out)
    fps = len(inside) / took
    parts.free(out)
    good = checked["verdict"] == "ok" and found["code"] == 0
    return [
        figure(f"{name}: pictures recorded", fps, "/s", n=len(inside), bar=f"{frame_rate} a second", met=fps >= 0.95 * frame_rate),
        figure(f"{name}: undeclared losses, or `atoll check` not ok", 0 if good else 1, "", n=len(times), bar="0", met=good),
        figure(f"{name}: declared drops", checked["drops"], "pictures", n=len(times)),
        figure(f"{name}: the recorder's share of a core", 100 * cpu / took, "%"),
        figure(f"{name}: memory", memory[-1], "MiB", low=min(memory), high=max(memory)),
    ]


def start(screen: str, out: pathlib.Path, **how: bool) -> parts.Recorder:
    recorder = parts.Recorder(screen, "dsda-doom", out, **how)
    if not recorder.wait_begun():
        raise RuntimeError("did not begin: " + recorder.said())
    return recorder


def kill(recorder: parts.Recorder) -> int:
    """When that was; it may have ended by itself just before."""
    recorder.process.send_signal(signal.SIGKILL)
    killed = time.monotonic_ns()
    recorder.process.wait()
    return killed


def kill_running(screen: str, out: pathlib.Path, chance: random.Random) -> int:
    recorder = start(screen, out)
    time.sleep(chance.uniform(0, 2))
    return kill(recorder)


def kill_opening(screen: str, out: pathlib.Path, chance: random.Random) -> int:
    recorder = parts.Recorder(screen, "dsda-doom", out)
    time.sleep(chance.uniform(0, 1))
    return kill(recorder)


def kill_closing(screen: str, out: pathlib.Path, chance: random.Random) -> int:
    recorder = start(screen, out)
    recorder.process.send_signal(signal.SIGINT)
    ended = time.monotonic_ns()
    time.sleep(chance.uniform(0, 0.2))
    kill(recorder)
    return ended


def kill_continuing(screen: str, out: pathlib.Path, chance: random.Random) -> int:
    start(screen, out).stop()
    before = parts.pictures(out)
    recorder = parts.Recorder(screen, "dsda-doom", out, go_on=True)
    time.sleep(chance.uniform(0, 2))
    killed = kill(recorder)
    parts.repair(out)
    now = parts.pictures(out)
    if now[: len(before)] != before:
        raise RuntimeError("pictures of the time before are gone")
    return killed if len(now) > len(before) else now[-1]  # it may not have begun to go on


def kill_repair(screen: str, out: pathlib.Path, chance: random.Random) -> int:
    killed = kill_running(screen, out, chance)
    repair = subprocess.Popen([str(parts.ATOLL), "repair", str(out)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(chance.uniform(0, 0.1))
    repair.kill()
    repair.wait()
    return killed


Moment = Callable[[str, pathlib.Path, random.Random], int]
MOMENTS: tuple[Moment, ...] = (
    kill_running, kill_running, kill_running, kill_opening, kill_closing, kill_continuing, kill_repair,
)  # fmt: skip


def kill_once(moment: Moment, screen: str, out: pathlib.Path, chance: random.Random) -> tuple[float, str]:
    """Seconds that are lost, and what is wrong (empty: nothing)."""
    try:
        killed = moment(screen, out, chance)
    except RuntimeError as error:
        return 0, str(error)
    if moment is kill_opening and not (out / "session.mcap").exists():
        return 0, ""  # killed before it had made anything
    repaired = parts.repair(out)
    checked = parts.check(out)
    if checked["verdict"] != "ok" or repaired.returncode != 0:
        return 0, f"after repair {checked['verdict']}: {checked['problems']} {repaired.stderr}"
    times = parts.pictures(out)
    return max(killed - times[-1], 0) * 1e-9 if times else 0, ""


def kills(count: int, work: pathlib.Path) -> list[Figure]:
    """KILLERS at once, each with a display, a game and moments of its own; small ones, so that the machine can carry them:
    how many pictures it keeps up with is what `rates` tells."""

    def kill_some(killer: int) -> list[tuple[str, float, str]]:
        chance, found = random.Random(5 + killer), []
        with parts.display(320, 240) as screen, parts.doom(screen, 320, 240):
            for i in range(killer, count, KILLERS):
                out = work / f"kill{i}"
                moment = MOMENTS[i // KILLERS % len(MOMENTS)]
                seconds, problem = kill_once(moment, screen, out, chance)
                found.append((moment.__name__.replace("kill_", "killed, "), seconds, problem))
                if problem:
                    print(f"kill {i}, {moment.__name__}: {problem}", file=sys.stderr)
                parts.free(out)
        return found

    with concurrent.futures.ThreadPoolExecutor(KILLERS) as pool:
        found = [one for some in pool.map(kill_some, range(KILLERS)) for one in some]
    wrong = sum(problem != "" for _, _, problem in found)
    lost: dict[str, list[float]] = {}
    for moment, seconds, _ in found:
        lost.setdefault(moment, []).append(seconds)
    return [
        *(
            figure(f"{moment}: longest loss before the kill", max(of_it), "s", low=min(of_it), high=max(of_it), n=len(of_it), bar="<= 1 s, 200 times in all", met=max(of_it) <= 1)
            for moment, of_it in lost.items()
        ),
        figure("killed: recordings that `atoll repair` did not make ok", wrong, "", n=count, bar="0", met=wrong == 0),
    ]


class Disk:
    """A folder whose disk does what it is told, through FUSE."""

    def __init__(self, work: pathlib.Path) -> None:
        self.behind, self.here, self.control = work / "behind", work / "disk", work / "control"
        self.behind.mkdir()
        self.here.mkdir()
        self.say("ok")
        self.server = subprocess.Popen(
            [str(parts.ATOLL.parent / "atoll_faulty_disk"), str(self.behind), str(self.here), str(self.control)], stderr=subprocess.DEVNULL
        )
        if not parts.wait_for(lambda: os.path.ismount(self.here), 10):
            raise RuntimeError("FUSE does not mount here")

    def say(self, words: str) -> None:
        self.control.with_suffix(".new").write_text(words)
        self.control.with_suffix(".new").rename(self.control)

    def take_away(self) -> None:
        """Its server lives on as long as anybody has one of its files open."""
        subprocess.run(["umount", "-l", str(self.here)], check=False)

    def close(self) -> None:
        self.take_away()
        self.server.wait(30)


def end_told(recorder: parts.Recorder) -> float:
    """When the recorder said that the recording ended; it shows that for a while, then ends."""
    parts.wait_for(lambda: "the recording ended" in recorder.said(), 60)
    return time.monotonic()


def full_and_told(place: pathlib.Path, recorder: parts.Recorder) -> tuple[float, float]:
    """The last moment at which the disk of `place` had room before it had none, and when the recorder said its end."""
    room_at, is_full = time.monotonic(), False

    def is_told() -> bool:
        nonlocal room_at, is_full
        now, room = time.monotonic(), os.statvfs(place).f_bavail
        is_full = is_full or room == 0  # what is closed after that may give some of it back
        if not is_full:
            room_at = now
        return "the recording ended" in recorder.said()

    parts.wait_for(is_told, 60)
    told_at = time.monotonic()
    if not is_full:
        raise RuntimeError(f"the disk was not seen full: {recorder.said()}")
    return room_at, told_at


def told(name: str, recorder: parts.Recorder, fault_at: float, told_at: float, word: str) -> list[Figure]:
    found = recorder.end()
    good = found["code"] == 1 and word in found["said"]
    if not good:
        print(f"{name}: code {found['code']}, {found['said']}", file=sys.stderr)
    seconds = told_at - fault_at
    return [figure(f"{name}: told after", seconds, "s", bar="at once: <= 2 s, and a clean end", met=good and seconds <= 2)]


def kept(name: str, folder: pathlib.Path, fault_ns: int) -> list[Figure]:
    repaired = parts.repair(folder)
    checked = parts.check(folder)
    good = repaired.returncode == 0 and checked["verdict"] == "ok"
    lost = (fault_ns - parts.pictures(folder)[-1]) * 1e-9 if good else 1e9
    if not good:
        print(f"{name}: {checked} {repaired.stderr}", file=sys.stderr)
    return [figure(f"{name}: lost before the fault", max(lost, 0), "s", bar="<= 1 s, the rest intact after `atoll repair`", met=good and lost <= 1)]


def disk_full(screen: str, work: pathlib.Path) -> list[Figure]:
    place = work / "full"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(place)], check=True)
    try:
        ballast = place / "ballast"
        ballast.write_bytes(bytes(DISK_MIB * 2**19))
        recorder = parts.Recorder(screen, "dsda-doom", place / "r", "record.crf=1")
        fault, told_at = full_and_told(place, recorder)
        figures = told("disk full", recorder, fault, told_at, "No space left")
        ballast.unlink()  # a person makes room
        return figures + kept("disk full", place / "r", int(fault * 1e9))
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


def disk_faults(screen: str, work: pathlib.Path) -> list[Figure]:
    figures = disk_full(screen, work)

    disk = Disk(work)
    recorder = parts.Recorder(screen, "dsda-doom", disk.here / "broken")
    recorder.wait_begun()
    time.sleep(3)
    fault = time.monotonic()
    disk.say("broken")
    figures += told("disk broken (EIO)", recorder, fault, end_told(recorder), "Input/output error")
    disk.say("ok")
    figures += kept("disk broken (EIO)", disk.here / "broken", int(fault * 1e9))

    recorder = parts.Recorder(screen, "dsda-doom", disk.here / "slow")
    recorder.wait_begun()
    time.sleep(2)
    for stall_ms in (200, 1500, 4000):
        disk.say(f"slow {stall_ms}")
        time.sleep(stall_ms / 1000 + 1)
        disk.say("ok")
        time.sleep(3)
    found = recorder.stop()
    checked = parts.check(disk.here / "slow")
    good = found["code"] == 0 and checked["verdict"] == "ok"
    figures.append(figure("disk slow: undeclared losses, or `atoll check` not ok", 0 if good else 1, "", n=checked["frames"], bar="0", met=good))
    figures.append(figure("disk slow: declared drops", checked["drops"], "pictures", n=checked["frames"]))

    recorder = parts.Recorder(screen, "dsda-doom", disk.here / "gone")
    recorder.wait_begun()
    time.sleep(2)
    fault = time.monotonic()
    disk.take_away()
    figures += told("disk unmounted", recorder, fault, end_told(recorder), "taken away")
    disk.server.wait(30)
    figures += kept("disk unmounted", disk.behind / "gone", int(fault * 1e9))

    recorder = parts.Recorder(screen, "dsda-doom", work / "removed")
    recorder.wait_begun()
    time.sleep(2)
    fault = time.monotonic()
    parts.free(work / "removed")
    figures += told("folder removed", recorder, fault, end_told(recorder), "was removed")
    return figures + two_recorders(screen, work)


def two_recorders(screen: str, work: pathlib.Path) -> list[Figure]:
    begun = []
    for i in range(5):
        out = work / f"two{i}"
        both = [parts.Recorder(screen, "dsda-doom", out) for _ in range(2)]
        time.sleep(4)
        begun.append(sum(one.process.poll() is None for one in both))
        for one in both:
            if one.process.poll() is None:
                one.stop()
        if parts.check(out)["verdict"] != "ok":
            begun.append(-1)
    good = all(one == 1 for one in begun)
    return [figure("two recorders at one moment: both wrote, none did, or not ok", sum(one != 1 for one in begun), "", n=5, bar="0", met=good)]


def privacy(rounds: int, work: pathlib.Path) -> list[Figure]:
    """A person types into a window beside the game, also as the focus changes; every byte is searched."""
    letters = "xkqvzj"
    title = "my secret letter to Mathilde"
    with parts.display(1280, 720) as screen, parts.doom(screen):
        with parts.program(["xterm", "-T", title, "-geometry", "40x10+700+100"], DISPLAY=screen):
            tool = lambda *words: parts.run(["xdotool", *words], DISPLAY=screen)  # noqa: E731
            parts.wait_for(lambda: tool("search", "--name", title).returncode == 0, 10)
            game = tool("search", "--class", "dsda-doom").stdout.split()[0]
            other = tool("search", "--name", title).stdout.split()[0]
            tool("windowfocus", game)
            recorder = parts.Recorder(screen, "dsda-doom", work / "private")
            recorder.wait_begun()
            for i in range(rounds):
                letter = letters[i % len(letters)]
                # Down here, up there, and as fast as the server takes it.
                tool("windowfocus", other, "key", letter, "keydown", letter, "windowfocus", game, "keyup", letter, "key", "w",
                     "windowfocus", other, "type", "--delay", "1", letters)
            tool("windowfocus", game, "key", "w")
            time.sleep(1)
            recorder.stop()
    messages = parts.every_message(work / "private")
    secrets = [f'"control":"{letter}"'.encode() for letter in letters] + [f'"{letter}":'.encode() for letter in letters]
    secrets += [title.encode(), b"Mathilde"]
    leaks = sum(secret in message for message in messages for secret in secrets)
    held = [f'["{letter}"'.encode() for letter in letters]
    leaks += sum(secret in message for message in messages for secret in held)
    files = [path.read_bytes() for path in (work / "private").iterdir() if path.is_file()]
    leaks += sum(secret in content for content in files for secret in (title.encode(), b"secret letter"))
    own = sum(b'"control":"w","pressed":true' in message for message in messages)
    return [
        figure("privacy: keys and titles of another window in the files", leaks, "", n=rounds * (len(letters) + 2), bar="0", met=leaks == 0),
        figure("privacy: keys of the game in the same recording", own, "", n=rounds + 1, bar="all but few at the border", met=own >= rounds // 2),
    ]


def warned_after(recorder: parts.Recorder, words: str, begin: float) -> float:
    parts.wait_for(lambda: words in recorder.said(), 10)
    return time.monotonic() - begin


def warnings(work: pathlib.Path) -> list[Figure]:
    """The game is stopped (its picture freezes), nobody presses anything; and a window turns black."""
    found = []
    with parts.display(1280, 720) as screen, parts.doom(screen) as game:
        tool = lambda *words: parts.run(["xdotool", *words], DISPLAY=screen)  # noqa: E731
        tool("search", "--class", "dsda-doom", "windowfocus")
        player = parts.Player(screen)
        player.start()
        recorder = parts.Recorder(screen, "dsda-doom", work / "warned")
        recorder.wait_begun()
        if "no input" in recorder.said():
            raise RuntimeError("warned of silence while somebody played")
        player.done.set()
        player.join()
        found.append(("no input arrives", warned_after(recorder, "no input arrives", time.monotonic())))
        game.send_signal(signal.SIGSTOP)
        found.append(("the picture does not change", warned_after(recorder, "does not change", time.monotonic())))
        game.send_signal(signal.SIGCONT)
        recorder.stop()
        with parts.program(["xterm", "-T", "bright", "-bg", "white", "-geometry", "60x20+0+0"], DISPLAY=screen) as term:
            parts.wait_for(lambda: tool("search", "--name", "bright").returncode == 0, 10)
            time.sleep(1)
            recorder = parts.Recorder(screen, "bright", work / "black")
            recorder.wait_begun()
            tool("search", "--name", "bright", "windowfocus", "type", "--delay", "1", "printf '\\e]11;#000000\\a\\e]10;#000000\\a\\e[2J\\e[?25l'")
            begin = time.monotonic()
            tool("key", "Return")
            found.append(("the picture is black", warned_after(recorder, "picture is black", begin)))
            recorder.stop()
            del term
    return [figure(f"warned: {name}", seconds, "s", bar="<= 2 s", met=seconds <= 2) for name, seconds in found]


def main() -> int:
    folder, command, quick, *wanted = sys.argv[1:]
    is_quick = quick == "QUICK"
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="atoll-recorder") as name:
        work = pathlib.Path(name)
        if not wanted or "rates" in wanted:
            seconds = 10 if is_quick else 30
            for game in ("Doom", "Minetest"):
                figures += rate_of(game, (1280, 720), 60, seconds, work)
                figures += rate_of(game, (1920, 1080), 30, seconds, work)
        if not wanted or "kills" in wanted:
            figures += kills(28 if is_quick else 200, work)
        if not wanted or "faults" in wanted:
            with parts.display(640, 480) as screen, parts.doom(screen):
                figures += disk_faults(screen, work)
        if not wanted or "privacy" in wanted:
            figures += privacy(10 if is_quick else 100, work)
        if not wanted or "warnings" in wanted:
            figures += warnings(work)
    return 0 if write_figures(folder, command, "The recorder", WORDS, figures) else 1


if __name__ == "__main__":
    threading.excepthook = lambda args: None  # a player whose display is gone
    sys.exit(main())
