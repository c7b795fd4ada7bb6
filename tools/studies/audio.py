"""Holds the times of recorded sound against known moments: audio.py offset|drift FOLDER COMMAND
BEEPS_BY_PIPEWIRE BEEPS_BY_SDL."""

from __future__ import annotations

import pathlib
import sys
import tempfile

import audio_parts
import numpy as np
import recorder_parts as parts
from figures import Figure, figure, write_figures

WORDS = """`beep_program` turns its window white and beeps at moments that it writes down; `atoll record --set
record.audio=true` records it on Xvfb, with PipeWire, WirePlumber and a silent output of PipeWire's own. As a program of
PipeWire it lets a beep begin at the very sample that the sound server plays at the moment; as a program of SDL it lets
it begin with the next buffer, as games do. Beeps are found in what ffmpeg decodes of audio.mp4, flashes in what it decodes
of video.mp4, and their times are those of session.mcap, read by PyPI's `mcap`. A silent output has no device clock:
drift here is the recorder's own, not a sound card's."""
PERIOD_MS = 400
BOUND_MS = 1.0


def spread(name: str, values: np.ndarray, bar: str | None = None, met: bool | None = None) -> Figure:
    return figure(name, float(np.median(values)), "ms", low=float(values.min()), high=float(values.max()), n=len(values), bar=bar, met=met)


def measure(mode: str, count: int, work: pathlib.Path) -> list[Figure]:
    out, log = work / mode, work / f"{mode}.log"
    with parts.display(640, 480) as screen, audio_parts.sound_server(work / f"{mode}-server"):
        program = audio_parts.start_beeps(screen, count, PERIOD_MS, log, mode, after_s=8)
        recorder = parts.Recorder(screen, "beeps", out, "record.audio=true")
        if not recorder.wait_begun():
            raise RuntimeError(recorder.said())
        program.wait()
        recorder.stop()
    heard, checked, meant = audio_parts.hear(out), parts.check(out), audio_parts.moments(log)
    sound, white = heard.beeps(), audio_parts.flashes(out, heard)
    beeps, which = audio_parts.nearest(sound, meant[:, 0])
    shown, _ = audio_parts.nearest(white, meant[:, 1])
    both, _ = audio_parts.nearest(sound, white)
    counted = sum(one["count"] for one in heard.entries if one["kind"] == "samples")
    good = checked["verdict"] == "ok" and counted == len(heard.samples) and len(beeps) == count
    if not good:
        print(f"{mode}: {len(beeps)} of {count} beeps, {counted} samples, ffmpeg has {len(heard.samples)}; {checked}", file=sys.stderr)
    losses = checked["audio"]["losses"]
    far = float(np.abs(beeps).max())
    is_exact = mode == "pipewire"  # as a game of SDL it may only be late
    who = "PipeWire" if is_exact else "SDL"
    minutes = float(meant[-1, 0] - meant[0, 0]) / 60e9
    drift = float(abs(np.polyfit(meant[which, 0] / 60e9, beeps, 1)[0]) * minutes)
    return [
        figure(f"{who}: beeps that are missing, or samples that are not what the index says", 0 if good else 1, "", n=count, bar="0", met=good),
        figure(f"{who}: losses of sound", losses, "", n=len(heard.samples), bar="0", met=losses == 0),
        spread(f"{who}: a beep's time in the recording after its moment", beeps, f"within {BOUND_MS} ms" if is_exact else f"at most {BOUND_MS} ms before it", far <= BOUND_MS if is_exact else float(beeps.min()) >= -BOUND_MS),
        figure(f"{who}: its jitter (standard deviation)", float(beeps.std()), "ms", n=len(beeps)),
        spread(f"{who}: a flash's picture after its moment", shown),
        spread(f"{who}: a beep after the picture of its flash", both),
        figure(f"{who}: drift of sound in {minutes:.1f} minutes", drift, "ms", bar="< 1 ms" if is_exact else None, met=drift < 1 if is_exact else None),
        figure(f"{who}: the sound's clock against the recording's, by `atoll check`", checked["audio"]["drift_ppm"], "ppm"),
        figure(f"{who}: steps of the sound server's clock", checked["audio"]["steps"], ""),
    ]


def main() -> int:
    mode, results, command, *counts = sys.argv[1:]
    with tempfile.TemporaryDirectory() as work:
        wanted = [one for one in zip(("pipewire", "sdl"), map(int, counts), strict=True) if one[1] > 0]
        figures = [one for how, count in wanted for one in measure(how, count, pathlib.Path(work))]
    title = "Sound on the clock of the pictures" if mode == "offset" else "Sound over minutes"
    return 0 if write_figures(results, command, title, WORDS, figures) else 1


sys.exit(main())
