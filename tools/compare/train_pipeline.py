"""A PyTorch training pipeline end to end: a DataLoader over recordings and the step of torch_step.py.

`measure` runs it and `atoll bench train` on the same recordings by turns. Pictures come from where PyTorch's users have
them: out of the videos by torchcodec, window by window, or out of a file of decoded pictures that is mapped; the loader
has as many worker processes as is fastest.

Run as `FILE START RECORDING CACHE PICTURES WORKERS SECONDS` it is PyTorch's side alone (PICTURES: "video", "cache") and
prints JSON.
"""

from __future__ import annotations

import json
import math
import pathlib
import subprocess
import sys
import time

import numpy as np
import torch
from torch_step import TorchStep, last_json

BAR = 1.5
WORKERS = (1, 2)
SOURCE = """
[trainer.loss]
patch = 0.0

[[trainer.sources]]
kind = "video"
recordings = ["{recording}"]
cache = "{cache}"
relabel = false
"""


def mouse_bins(counts: np.ndarray, contract: dict, counts_per_turn: float) -> np.ndarray:
    """agent/action_codec.h: mu-law bins of degrees."""
    value = counts * 360.0 / counts_per_turn
    size = np.minimum(np.abs(value) / contract["mouse_max"], 1.0)
    middle = contract["mouse_bins"] // 2
    place = np.log1p(contract["mouse_mu"] * size) / math.log1p(contract["mouse_mu"]) * middle
    return middle + np.sign(value).astype(np.int64) * np.floor(place + 0.5).astype(np.int64)


class Pictures(torch.utils.data.Dataset):
    """One picture, its instruction and the chunk that followed, as trainer/cutter.cpp cuts plain recordings."""

    def __init__(self, recording: str, cache: str, policy, pictures: str):
        import atoll

        self.decoder, self.video, self.cache = None, pathlib.Path(recording) / "video.mp4", None
        if pictures == "cache":
            self.cache = atoll.read_cache(cache).pictures
        c, found = policy.contract, atoll.read_recording(recording)
        held = np.stack([found.actions.held[:, atoll.CONTROLS.index(name)] for name in c["controls"]], 1)
        turn = found.header["facts"]["counts_per_turn"]
        bins = [mouse_bins(found.actions.mouse[:, axis], c, turn) for axis in (0, 1)]
        size, rows, first = c["chunk_actions"], [], 0
        for episode in found.episodes:
            tokens = policy.encode([episode.instruction])[0]
            for step in range(episode.num_actions + 1):
                begin = min(step + c["delay_steps"], episode.num_actions)
                count = min(size, episode.num_actions - begin)
                at = slice(episode.first_action + begin, episode.first_action + begin + count)
                pad = lambda x: np.pad(x[at], [(0, size - count)] + [(0, 0)] * (x.ndim - 1))
                reached = step == episode.num_actions and episode.verdict == "success"
                rows.append((first + step, tokens, pad(held).astype(np.float32), pad(bins[0]), pad(bins[1]),
                             (np.arange(size) < count).astype(np.float32), np.float32(reached)))
            first += episode.num_actions + 1
        self.rows, self.size = rows, (c["frame_height_px"], c["frame_width_px"])

    def __len__(self) -> int:
        return len(self.rows)

    def picture(self, index: int) -> torch.Tensor:
        if self.cache is not None:
            return torch.from_numpy(np.array(self.cache[index]))
        if self.decoder is None:  # one a worker
            from torchcodec.decoders import VideoDecoder
            from torchcodec.transforms import Resize

            self.decoder = VideoDecoder(str(self.video), dimension_order="NHWC", num_ffmpeg_threads=1, transforms=[Resize(self.size)])
        rgb = self.decoder.get_frame_at(index).data
        return torch.cat((rgb.flip(-1), torch.full((*self.size, 1), 255, dtype=torch.uint8)), -1)

    def __getitem__(self, i: int) -> dict:
        index, tokens, controls, x, y, weight, reached = self.rows[i]
        parts = {"controls": controls, "mouse_x": x, "mouse_y": y, "action_weight": weight, "goal": reached, "goal_weight": np.float32(1)}
        asked = {name: torch.as_tensor(value)[None, None] for name, value in parts.items()}
        return {"frames": self.picture(index)[None], "tokens": tokens, **asked}


def run_side(start: str, recording: str, cache: str, pictures: str, workers: str, seconds: str) -> None:
    about = json.loads((pathlib.Path(start) / "steps.json").read_text())
    torch.set_num_threads(about["threads"])
    side = TorchStep(pathlib.Path(start), "eager")
    data = Pictures(recording, cache, side.policy, pictures)
    batch = about["replicas"] * about["batch"]
    loader = torch.utils.data.DataLoader(data, batch, shuffle=True, drop_last=True, num_workers=int(workers), persistent_workers=True)

    def forever():
        while True:
            yield from loader

    batches = forever()
    for _ in range(5):
        side.step(next(batches))
    steps, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < float(seconds):
        side.step(next(batches))
        steps += 1
    print(json.dumps({"rate": steps * batch / (time.perf_counter() - begin)}))


def measure(atoll: str, rival: str, config: str, scratch: pathlib.Path, episodes: int, turns: int, seconds: str) -> dict:
    """Pictures a second of each side, turn by turn."""
    recording, cache, start = scratch / "recording", scratch / "cache", scratch / "start"
    size = ["--set", "record.video=true", "--set", "world.frame_width_px=640", "--set", "world.frame_height_px=480"]
    subprocess.run([atoll, "record", "playhouse", "--episodes", str(episodes), "--out", str(recording), *size], check=True, stdout=subprocess.DEVNULL)
    whole = scratch / "pipeline.toml"
    whole.write_text(pathlib.Path(config).read_text() + SOURCE.format(recording=recording, cache=cache))
    source = ["--config", str(whole)]
    subprocess.run([atoll, "bench", "steps", "--json", *source, "--set", f"steps.folder={start}", "--set", "steps.seconds=0.1"],
                   check=True, stdout=subprocess.DEVNULL)
    rates: dict[str, list[float]] = {"atoll": [], "cache": [], "video": []}
    for turn in range(turns):
        print(f"pipeline: turn {turn + 1} of {turns}", file=sys.stderr)
        figures = last_json([atoll, "bench", "train", "--json", *source])["figures"]
        rates["atoll"].append(figures[-1]["value"])
        for pictures in ("cache", "video"):
            side = [rival, __file__, str(start), str(recording), str(cache), pictures]
            rates[pictures].append(max(last_json([*side, str(workers), seconds])["rate"] for workers in WORKERS))
    ratios = {p: sorted(a / b for a, b in zip(rates["atoll"], rates[p])) for p in ("cache", "video")}
    return {"episodes": episodes, "rates": rates, "ratios": ratios}


if __name__ == "__main__":
    run_side(*sys.argv[1:])
