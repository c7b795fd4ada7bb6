"""A training step in PyTorch and in Atoll by turns: the same model, batches, losses and optimiser. See train_speed.sh.

Both sides begin from the same weights and go through the same batches; their losses are shown side by side before
anything is timed.

Run as `FILE --step FOLDER THREADS MODE SECONDS` it is PyTorch's side alone (MODE: eager, compile) and prints JSON.
"""

from __future__ import annotations

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools" / "python"), str(ROOT / "tools" / "studies"), str(ROOT / "tools" / "compare")]
import train_pipeline  # noqa: E402
from figures import figure  # noqa: E402
from origin import origin, told, write_results  # noqa: E402
from torch_step import TorchStep, last_json  # noqa: E402

BARS = {"cpu": {"eager": 1.0, "compile": 0.95}, "cuda": {"eager": 1.2, "compile": 1.0}}
SIZES = {"cpu": ("tiny", "small"), "cuda": ("tiny", "small", "base")}
APART = {"fp32": 1e-3, "bf16": 2e-2}  # losses of the two sides, relative: rounding, and what grows of it in 8 steps
USED_BAR = 0.4  # of the card's arithmetic, by `base`
# Dense bfloat16, FLOP/s, as the makers tell it. PEAK_TFLOPS names another card's.
PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "L4": 121e12, "A10": 125e12}


def peak_of(device: str) -> float | None:
    if device == "cpu":
        return None
    if "PEAK_TFLOPS" in os.environ:
        return float(os.environ["PEAK_TFLOPS"]) * 1e12
    name = torch.cuda.get_device_name()
    return next((peak for card, peak in PEAKS.items() if card in name), None)


def run_side(folder: str, threads: str, mode: str, seconds: str) -> None:
    torch.set_num_threads(int(threads))
    side = TorchStep(pathlib.Path(folder), mode)
    losses = [side.step().item() for _ in side.batches]
    work = side.work() if mode == "eager" else 0
    for _ in range(3):
        side.step()
    side.wait()
    steps, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < float(seconds):
        side.step()
        side.wait()  # as Atoll's step ends, which reads its loss
        steps += 1
    print(json.dumps({"losses": losses, "work": work, "rate": steps * side.about["pictures"] / (time.perf_counter() - begin)}))


def measure(atoll: str, size: str, folder: pathlib.Path, turns: int, seconds: str, device: str) -> dict:
    bench = [atoll, "bench", "steps", "--json", "--config", str(ROOT / f"configs/sizes/{size}.toml"),
             "--set", f"steps.folder={folder}", "--set", f"steps.seconds={float(seconds) / 6}", "--set", f"trainer.device={device}"]
    if device != "cpu":
        bench += ["--set", "trainer.precision=bf16"]
    rates: dict[str, list[float]] = {"atoll": [], "eager": [], "compile": []}
    losses: dict[str, list[float]] = {}
    work = 0
    for turn in range(turns):
        print(f"{size}: turn {turn + 1} of {turns}", file=sys.stderr)
        rates["atoll"].append(last_json(bench)["figures"][0]["value"])
        about = json.loads((folder / "steps.json").read_text())
        losses["atoll"] = about["losses"]
        for mode in BARS[device]:
            told = last_json([sys.executable, __file__, "--step", str(folder), str(about["threads"]), mode, seconds])
            rates[mode].append(told["rate"])
            losses[mode] = told["losses"]
            work = max(work, told["work"])
    apart = {m: max(abs(a - b) / abs(a) for a, b in zip(losses["atoll"], losses[m])) for m in BARS[device]}
    ratios = {m: sorted(a / b for a, b in zip(rates["atoll"], rates[m])) for m in BARS[device]}
    peak = peak_of(device)
    used = None if peak is None else [rate / about["pictures"] * work / peak for rate in sorted(rates["atoll"])]
    return {"size": size, "parameters": about["parameters"], "replicas": about["replicas"], "threads": about["threads"],
            "batch": about["batch"], "rates": rates, "losses": losses, "apart": apart, "ratios": ratios,
            "precision": about["precision"], "flop_a_step": work, "used": used}


def page_of(found: dict, device: str) -> str:
    lines = ["# A training step: Atoll and PyTorch by turns", "", told(found), "",
             f"PyTorch {torch.__version__}. Pictures a second of forward, losses, backward, clipping, fused AdamW and running mean;",
             f"the same weights at first, the same batches, equal threads, on `{found['device']}`. Median [least .. most] over "
             f"{found['turns']} turns; ratios turn by turn.", "",
             "| size | parameters | side | pictures/s | ratio | bar | met | losses apart by at most |", "|---|---|---|---|---|---|---|---|"]
    spread = lambda values, f: f"{statistics.median(values):{f}} [{min(values):{f}} .. {max(values):{f}}]"
    for row in found["rows"]:
        lines.append(f"| {row['size']} | {row['parameters']:,} | Atoll | {spread(row['rates']['atoll'], ',.0f')} | | | | |")
        for mode, bar in BARS[device].items():
            ratio = statistics.median(row["ratios"][mode])
            lines.append(f"| {row['size']} | | {mode} | {spread(row['rates'][mode], ',.0f')} | {spread(row['ratios'][mode], '.2f')} | "
                         f">= {bar} | {'yes' if ratio >= bar else 'no'} | {row['apart'][mode]:.1e} |")
    for row in found["rows"]:
        if row["used"]:
            lines += ["", f"`{row['size']}`: {row['flop_a_step'] / 1e12:.2f} TFLOP a step (matrix products and convolutions, both ways), "
                          f"{100 * statistics.median(row['used']):.1f} % of the card's dense bfloat16 arithmetic used by Atoll."]
    if found["pipeline"]:
        lines += pipeline_lines(found["pipeline"], spread)
    lines += ["", "Losses of the first steps:", "", "| size | step | Atoll | eager | compile |", "|---|---|---|---|---|"]
    for row in found["rows"]:
        for i, (a, e, c) in enumerate(zip(*(row["losses"][m] for m in ("atoll", "eager", "compile")))):
            lines.append(f"| {row['size']} | {i + 1} | {a:.6f} | {e:.6f} | {c:.6f} |")
    return "\n".join(lines) + "\n"


def pipeline_lines(pipeline: dict, spread) -> list[str]:
    lines = ["", "## End to end", "",
              f"`tiny` on recordings with video (640x480, {pipeline['episodes']} episodes): `atoll train`, and the same step behind a DataLoader whose pictures",
              "come out of the videos (torchcodec) or out of a mapped file of decoded pictures; the faster of 1 and 2 workers.", "",
              "| side | pictures/s | ratio | bar | met |", "|---|---|---|---|---|",
              f"| Atoll | {spread(pipeline['rates']['atoll'], ',.0f')} | | | |"]
    for pictures, ratios in pipeline["ratios"].items():
        ratio = statistics.median(ratios)
        lines.append(f"| DataLoader, {pictures} | {spread(pipeline['rates'][pictures], ',.0f')} | {spread(ratios, '.2f')} | "
                     f">= {train_pipeline.BAR} | {'yes' if ratio >= train_pipeline.BAR else 'no'} |")
    return lines


def figures_of(rows: list[dict], pipeline: dict | None, device: str) -> list[dict]:
    def times(name: str, ratios: list[float], bar: float) -> dict:
        middle = statistics.median(ratios)
        return figure(name, middle, "times", low=ratios[0], high=ratios[-1], n=len(ratios), bar=f">= {bar}", met=middle >= bar)

    steps = [times(f"`{row['size']}`: a training step beside PyTorch, {mode}", row["ratios"][mode], bar) for row in rows for mode, bar in BARS[device].items()]
    for row in rows:
        if row["used"]:
            used = statistics.median(row["used"])
            has_bar = row["size"] == "base"
            steps.append(figure(f"`{row['size']}`: of the card's arithmetic used", 100 * used, "%", low=100 * row["used"][0], high=100 * row["used"][-1],
                                n=len(row["used"]), bar=f">= {100 * USED_BAR:.0f} %" if has_bar else None, met=used >= USED_BAR if has_bar else None))
    return steps + [times(f"`tiny`: training end to end beside a PyTorch DataLoader, {pictures}", ratios, train_pipeline.BAR)
                    for pictures, ratios in (pipeline["ratios"].items() if pipeline else ())]


def main() -> None:
    if sys.argv[1] == "--step":
        return run_side(*sys.argv[2:])
    atoll, rival, turns, seconds, device, folder, scratch, command = sys.argv[1:]
    rows = []
    for size in SIZES[device]:
        rows.append(measure(atoll, size, pathlib.Path(scratch) / size, int(turns), seconds, device))
        for mode in BARS[device]:
            most = APART[rows[-1]["precision"]]
            if rows[-1]["apart"][mode] > most:
                sys.exit(f"{size}: the losses of Atoll and {mode} are {rows[-1]['apart'][mode]:.1e} apart, expected at most {most:.0e}: "
                         "the two sides do not do the same work, so their speeds say nothing")
    tiny = str(ROOT / "configs/sizes/tiny.toml")
    episodes = 20 if float(seconds) < 5 else 120
    pipeline = train_pipeline.measure(atoll, rival, tiny, pathlib.Path(scratch), episodes, int(turns), seconds) if device == "cpu" else None
    found = {**origin(command), "device": device if device == "cpu" else torch.cuda.get_device_name(), "turns": int(turns), "rows": rows,
             "pipeline": pipeline, "figures": figures_of(rows, pipeline, device)}
    write_results(pathlib.Path(folder), found, page_of(found, device))
    for pictures, ratios in (pipeline["ratios"].items() if pipeline else ()):
        print(f"ratio pipeline_{pictures} {statistics.median(ratios):.3f} {ratios[0]:.3f} {ratios[-1]:.3f}")
    for row in rows:
        for mode, ratios in row["ratios"].items():
            print(f"ratio train_{row['size']}_{mode} {statistics.median(ratios):.3f} {ratios[0]:.3f} {ratios[-1]:.3f}")


if __name__ == "__main__":
    main()
