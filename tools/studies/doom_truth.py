"""The truth of a Doom demo: what the player has at each tic, read from the memory of dsda-doom while it plays.

`states_of(wad, lump)` gives one State a tic. The player's data are found by what they hold in the first tics of a level
(player_t of Doom's sources, d_player.h: ammo, then the most of each that can be carried, 200 50 300 50).
"""

import dataclasses
import fcntl
import os
import pathlib
import re
import select
import struct
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator

PICTURE = 640 * 480 * 3
F_SETPIPE_SZ = 1031
MAX_AMMO = struct.pack("<4i", 200, 50, 300, 50)
NUM_AMMO = 6  # dsda-doom's arrays also serve Heretic and Hexen
AMMO_OF_WEAPON = {1: 0, 2: 1, 3: 0, 4: 3, 5: 2, 6: 2, 8: 1}  # pistol, shotgun, chaingun, launcher, plasma, BFG, super shotgun
# Offsets in ints from the maximum of the first ammo.
FIRST, HEALTH, ARMOR, READY, AMMO, BONUS, LAST = -60, -55, -54, -17, -NUM_AMMO, 16, 20


@dataclasses.dataclass
class State:
    health: int
    armor: int
    ammo: int | None  # of the weapon in the hands; None: it needs none
    bonus: int  # tics that the gold flash of a pickup still lasts
    rounds: tuple[int, ...]  # of all weapons: bullets, shells, cells, rockets


def lumps_of(wad: str) -> dict[str, bytes]:
    data = pathlib.Path(wad).read_bytes()
    count, at = struct.unpack("<ii", data[4:12])
    found = {}
    for i in range(count):
        begin, size = struct.unpack("<ii", data[at + 16 * i : at + 16 * i + 8])
        found[data[at + 16 * i + 8 : at + 16 * i + 16].rstrip(b"\0").decode()] = data[begin : begin + size]
    return found


class Game:
    """dsda-doom playing a demo: when the first bytes of a tic's picture have come, it stands in this tic."""

    def __init__(self, wad: str, lump: bytes, home: pathlib.Path):
        profile = tomllib.loads(pathlib.Path("profiles/doom.toml").read_text())
        read, write = os.pipe()
        os.set_inheritable(write, True)
        fcntl.fcntl(read, F_SETPIPE_SZ, 65536)
        capture = {
            "cap_fps": 35,
            "cap_videocommand": f'"cat >&{write}"',
            "cap_soundcommand": '"cat >/dev/null"',
            "cap_muxcommand": '"true"',
            "cap_remove_tempfiles": 0,
            "cap_wipescreen": 0,
            "render_wipescreen": 1,
        }
        settings = profile["files"][0]["text"] + "".join(f"{k} {v}\n" for k, v in capture.items())
        (home / "dsda-doom.cfg").write_text(settings)
        (home / "demo.lmp").write_bytes(lump)
        environment = os.environ | {"HOME": str(home), "SDL_AUDIODRIVER": "dummy", "SDL_VIDEODRIVER": "dummy"}
        environment.pop("DISPLAY", None)
        command = ["/usr/games/dsda-doom", "-config", "dsda-doom.cfg", "-iwad", wad, "-vidmode", "software", "-nosound"]
        command += ["-nomusic", "-window", "-timedemo", "demo.lmp", "-viddump", "x.mkv"]
        with open(home / "log", "w") as log:
            self.process = subprocess.Popen(
                command, cwd=home, env=environment, pass_fds=[write], stdout=log, stderr=subprocess.STDOUT
            )
        os.close(write)
        self.pictures = os.fdopen(read, "rb", buffering=0)

    def await_picture(self) -> bool:
        """Until the next picture begins; False when none comes. The game cannot be further: what it writes is larger
        than the pipes between."""
        poll = select.poll()
        poll.register(self.pictures, select.POLLIN)
        return any(event & select.POLLIN for _, event in poll.poll())

    def next_picture(self) -> bool:
        left = PICTURE
        while left > 0:
            part = self.pictures.read(left)
            if not part:
                return False
            left -= len(part)
        return True

    def find_player(self) -> int:
        """The address of the maximum of the first player's first ammo: in the program's own data, and alive."""
        with open(f"/proc/{self.process.pid}/mem", "rb", buffering=0) as memory:
            for line in open(f"/proc/{self.process.pid}/maps"):
                begin, end, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
                begin, end = int(begin, 16), int(end, 16)
                if "rw" not in rights or end - begin > 64 << 20:
                    continue
                try:
                    memory.seek(begin)
                    data = memory.read(end - begin)
                except OSError:
                    continue
                at = data.find(MAX_AMMO)
                while at >= 0:
                    ints = struct.unpack("<70i", data[at - 280 : at]) if at >= 280 else ()
                    if ints and ints[70 + HEALTH] == 100 and ints[70 + AMMO : 74 + AMMO] == (50, 0, 0, 0):
                        return begin + at
                    at = data.find(MAX_AMMO, at + 4)
        raise SystemExit("the player was not found in the game's memory: another version of dsda-doom?")

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.pictures.close()


def states_of(wad: str, lump: bytes) -> Iterator[State | None]:
    """One state a tic; None for the first ones, before the player is there."""
    with tempfile.TemporaryDirectory() as folder:
        game = Game(wad, lump, pathlib.Path(folder))
        memory, player = None, 0
        try:
            for tic in iter_pictures(game):
                if tic < 2:
                    yield None
                    continue
                if memory is None:
                    player = game.find_player()
                    memory = open(f"/proc/{game.process.pid}/mem", "rb", buffering=0)
                memory.seek(player + 4 * FIRST)
                ints = struct.unpack(f"<{LAST - FIRST}i", memory.read(4 * (LAST - FIRST)))
                at = lambda offset: ints[offset - FIRST]
                ammo = AMMO_OF_WEAPON.get(at(READY))
                yield State(max(at(HEALTH), 0), at(ARMOR), None if ammo is None else at(AMMO + ammo), at(BONUS), tuple(at(AMMO + i) for i in range(4)))
        finally:
            if memory is not None:
                memory.close()
            game.end()


def iter_pictures(game: Game) -> Iterator[int]:
    """Each tic, while its picture waits to be read."""
    tic = 0
    while game.await_picture():
        yield tic
        if not game.next_picture():
            return
        tic += 1
