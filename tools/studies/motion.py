"""How players move: motion.py FOLDER COMMAND NAME=RECORDING[,RECORDING...] ... writes the study's results.

Each NAME is a column: people's recordings beside an expert's. All figures come from the actions alone, so they mean the
same in every world. A turn is a run of steps with horizontal motion to one side; a pause is a run of steps in which
nothing is moved, pressed or held; a walk is a run of steps with a walking key held, and its path is what keys and turns
alone make of it: at one speed, past no walls.
"""

import pathlib
import sys

import numpy as np
from origin import origin, told, write_results

import atoll

CORRECTION_S = 0.4  # a turn back that begins this soon corrects the one before
STRETCH_S = 1.0  # of a path, for its straightness
WALKING = [atoll.CONTROLS.index(key) for key in "wsda"]  # forward, back, right, left


def runs(values: np.ndarray) -> list[tuple[int, int, int]]:
    """(value, begin, end) of each stretch of equal values."""
    edges = np.flatnonzero(np.diff(values)) + 1
    bounds = np.concatenate([[0], edges, [len(values)]])
    return [(int(values[a]), int(a), int(b)) for a, b in zip(bounds[:-1], bounds[1:]) if b > a]


class Motion:
    """Sums over episodes of recordings that share a rate and a mouse."""

    def __init__(self) -> None:
        self.steps = self.moving = self.pausing = self.key_changes = 0
        self.seconds = 0.0
        self.rates: list[np.ndarray] = []
        self.turns: list[tuple[float, float, float]] = []  # degrees, seconds, peak over mean speed
        self.corrected = self.large = 0
        self.pauses: list[float] = []
        self.holds: list[float] = []
        self.walking = self.aside = 0
        self.walks: list[float] = []
        self.straightness: list[float] = []  # of stretches of walks: way as the crow flies over way walked

    def add(self, recording: "atoll.Recording") -> None:
        facts = recording.header["facts"]
        rate, counts = facts["action_rate_hz"], facts["counts_per_turn"]
        for episode in recording.episodes:
            rows = slice(episode.first_action, episode.first_action + episode.num_actions)
            if episode.num_actions > 1:
                self.add_episode(recording.actions.mouse[rows, 0] * 360.0 / counts, recording.actions, rows, rate)

    def add_episode(self, degrees: np.ndarray, actions: "atoll.Actions", rows: slice, rate: float) -> None:
        held, presses = actions.held[rows], actions.presses[rows]
        still = (degrees == 0) & (actions.mouse[rows, 1] == 0) & ~held.any(axis=1) & ~presses.any(axis=1)
        self.steps += len(degrees)
        self.seconds += len(degrees) / rate
        self.moving += int((degrees != 0).sum())
        self.pausing += int(still.sum())
        self.rates.append(np.abs(degrees[degrees != 0]) * rate)
        self.pauses += [(b - a) / rate for value, a, b in runs(still.astype(int)) if value]
        changed = np.diff(held.astype(np.int8), axis=0) != 0
        self.key_changes += int(changed.sum())
        for key in np.flatnonzero(held.any(axis=0)):
            self.holds += [(b - a) / rate for value, a, b in runs(held[:, key].astype(int)) if value]
        self.add_turns(degrees, rate)
        self.add_walks(degrees, held, rate)

    def add_walks(self, degrees: np.ndarray, held: np.ndarray, rate: float) -> None:
        forward, back, right, left = (held[:, key].astype(float) for key in WALKING)
        pace = (right - left) + 1j * (forward - back)
        is_walking = pace != 0
        self.walking += int(is_walking.sum())
        self.aside += int((is_walking & (pace.imag <= 0)).sum())
        way = np.where(is_walking, pace / np.maximum(np.abs(pace), 1e-9), 0) * np.exp(-1j * np.radians(np.cumsum(degrees)))
        stretch = round(STRETCH_S * rate)
        for value, a, b in runs(is_walking.astype(int)):
            if not value:
                continue
            self.walks.append((b - a) / rate)
            self.straightness += [float(abs(way[i : i + stretch].mean())) for i in range(a, b - stretch + 1, stretch)]

    def add_turns(self, degrees: np.ndarray, rate: float) -> None:
        turns = [(a, b, float(degrees[a:b].sum())) for value, a, b in runs(np.sign(degrees).astype(int)) if value]
        for i, (a, b, angle) in enumerate(turns):
            speed = np.abs(degrees[a:b])
            self.turns.append((abs(angle), (b - a) / rate, float(speed.max() / speed.mean())))
            if abs(angle) < 5:
                continue
            self.large += 1
            if i + 1 < len(turns):
                begin, _, back = turns[i + 1]
                self.corrected += (begin - b) / rate <= CORRECTION_S and back * angle < 0 and abs(back) < abs(angle) / 2

    def rows(self) -> dict[str, str]:
        rate = np.concatenate(self.rates) if self.rates else np.zeros(1)
        large = np.array([t for t in self.turns if t[0] >= 5]) if self.large else np.zeros((1, 3))

        def tell(values: object, unit: str, digits: int = 1) -> str:
            array = np.asarray(values if len(values) else [0.0])
            return " / ".join(f"{np.percentile(array, p):.{digits}f}" for p in (50, 90)) + f" {unit}"

        return {
            "time": f"{self.seconds / 60:.1f} min",
            "steps with a turn": f"{100 * self.moving / max(self.steps, 1):.0f} %",
            "turn rate, median / p90": tell(rate, "deg/s", 0),
            "turns of 5 degrees or more": f"{60 * self.large / max(self.seconds, 1e-9):.0f} a minute",
            "their size": tell(large[:, 0], "deg"),
            "their duration": tell(large[:, 1], "s", 2),
            "their peak over mean speed (minimum jerk: 1.88)": tell(large[:, 2], "", 2),
            "of these corrected at once": f"{100 * self.corrected / max(self.large, 1):.0f} %",
            "steps in pauses": f"{100 * self.pausing / max(self.steps, 1):.1f} %",
            "pauses, median / p90": tell(self.pauses, "s", 2),
            "key changes": f"{self.key_changes / max(self.seconds, 1e-9):.2f} a second",
            "keys are held for": tell(self.holds, "s", 2),
            "steps walking": f"{100 * self.walking / max(self.steps, 1):.0f} %",
            "of these sideways or back": f"{100 * self.aside / max(self.walking, 1):.0f} %",
            "walks, median / p90": tell(self.walks, "s", 2),
            f"way as the crow flies over way walked, {STRETCH_S:.0f} s of walking": tell(self.straightness, "", 2),
        }


def page_of(found: dict) -> str:
    columns = found["columns"]
    lines = [
        "# How people and the expert move",
        "",
        told(found),
        "",
        "From actions alone; pairs of figures are median / 90th percentile. People: the demos of Debian's freedoom and",
        "freedm packages, played with keyboard and mouse at 35 steps a second; expert: Playhouse's house at 15 steps a",
        "second. The worlds differ, and so do the tasks: the table shows where the expert is unlike people, not that it",
        "is like them.",
        "",
        "| | " + " | ".join(columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    for row in next(iter(columns.values())):
        lines.append(f"| {row} | " + " | ".join(column[row] for column in columns.values()) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    folder, command = sys.argv[1:3]
    columns: dict[str, dict[str, str]] = {}
    for argument in sys.argv[3:]:
        name, recordings = argument.split("=", 1)
        motion = Motion()
        for recording in recordings.split(","):
            motion.add(atoll.read_recording(recording))
        columns[name] = motion.rows()
    found = {**origin(command), "columns": columns}
    write_results(pathlib.Path(folder), found, page_of(found))


main()
