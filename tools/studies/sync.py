"""`atoll check --sync --json` as a result: sync.py offset|drift FOLDER COMMAND FILE."""

import json
import pathlib
import sys
from typing import Any

from figures import Figure, figure, write_figures

WORDS = """A window (`atoll_flash`) answers each key with the next number, drawn as black and white cells, and writes down when it
got the key and between which two moments the answer came to the screen. Everything else is the path of any recording:
Xvfb, capture, guard, session, encoder, files; times are read back from session.mcap and numbers from video.mp4. A
violation is an input lost, doubled or reversed, a torn picture, a picture stamped before its cause, an old picture
stamped after a newer one was on the screen, or an input stamped after the window had it."""


def violations_of(episodes: list[dict[str, Any]], mode: str) -> Figure:
    inputs = sum(episode["inputs"] for episode in episodes)
    violations = sum(sum(episode["violations"].values()) for episode in episodes)
    enough = mode == "drift" or inputs >= 10_000
    bar = "0 in 10,000 inputs" if mode == "offset" else "0"
    return figure("violations of causality, order or wholeness", violations, "", n=inputs, bar=bar, met=enough and violations == 0)


def figures_of(episode: dict[str, Any], mode: str) -> list[Figure]:
    who = f"pressed by {'a person' if episode['pressed_by'] == 'person' else 'an agent'}"
    low, high = episode["capture_offset_ms"]["low"], episode["capture_offset_ms"]["high"]
    known = (high - low) / 2
    figures = [
        figure(f"{who}: violations", sum(episode["violations"].values()), "", n=episode["inputs"]),
        figure(f"{who}: capture offset", (low + high) / 2, "ms", low=low, high=high, n=episode["pictures"]),
        figure(f"{who}: the offset is known to +-", known, "ms", bar="<= 1 ms", met=known <= 1.0),
        figure(f"{who}: a grab, p99 (jitter of the offset)", episode["grab_ms"]["p99"], "ms"),
        figure(f"{who}: from an input's stamp to the program having it, median", episode["input_age_ms"]["p50"], "ms"),
        figure(f"{who}: the same, p99", episode["input_age_ms"]["p99"], "ms"),
        figure(
            f"{who}: from an input's stamp to its picture, median", episode["input_to_picture_ms"]["p50"], "ms"
        ),
    ]
    if mode == "drift":
        drift = episode["drift_ms"]
        minutes = episode["seconds"] / 60
        figures += [
            figure(
                f"{who}: drift of the offset in {minutes:.1f} minutes",
                drift,
                "ms",
                bar="< 1 ms in 30 minutes",
                met=minutes >= 29.9 and drift + episode["drift_half_width_ms"] < 1.0,
            ),
            figure(f"{who}: the drift is known to +-", episode["drift_half_width_ms"], "ms"),
            figure(
                f"{who}: largest difference of the video's times from the index",
                episode["video_drift_ms"],
                "ms",
                bar="< 1 ms",
                met=episode["video_drift_ms"] < 1.0,
            ),
        ]
    return figures


def main() -> int:
    mode, folder, command, file = sys.argv[1:]
    sync = json.loads(pathlib.Path(file).read_text())["sync"]
    figures = [violations_of(sync["episodes"], mode)]
    figures += [one for episode in sync["episodes"] for one in figures_of(episode, mode)]
    title = "Sync of pictures and inputs" if mode == "offset" else "Sync over half an hour"
    return 0 if write_figures(folder, command, title, WORDS, figures, sync=sync) else 1


sys.exit(main())
