"""How players move, as a Markdown table: motion.py COMMIT_AND_MACHINE_JSON NAME=RECORDING[,RECORDING...] ...

Each NAME is a column: people's recordings beside an expert's. All figures come from the actions alone, so they mean the
same in every world. A turn is a run of steps with horizontal motion to one side; a pause is a run of steps in which
nothing is moved, pressed or held.
"""
import datetime
import json
import sys

import numpy as np

import atoll

CORRECTION_S = 0.4  # a turn back that begins this soon corrects the one before


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
        }


def main() -> None:
    bench = json.loads(sys.argv[1])
    columns: dict[str, dict[str, str]] = {}
    for argument in sys.argv[2:]:
        name, folders = argument.split("=", 1)
        motion = Motion()
        for folder in folders.split(","):
            motion.add(atoll.read_recording(folder))
        columns[name] = motion.rows()
    print("# How people and the expert move\n")
    print(f"{datetime.date.today()}, commit {bench['commit']}, {bench['machine']}, `tools/studies/motion.sh`.\n")
    print("From actions alone; percentiles are median / p90. People: the demos of Debian's freedoom package, played with")
    print("keyboard and mouse at 35 steps a second; expert: Playhouse's house at 15 steps a second. The worlds differ, and")
    print("so do the tasks: the table shows where the expert is unlike people, not that it is like them.\n")
    print("| | " + " | ".join(columns) + " |")
    print("|---|" + "---|" * len(columns))
    for row in next(iter(columns.values())):
        print(f"| {row} | " + " | ".join(column[row] for column in columns.values()) + " |")


main()
