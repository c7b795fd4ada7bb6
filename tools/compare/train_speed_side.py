"""A training step in PyTorch and in Atoll by turns: the same model, batches, losses and optimiser. See train_speed.sh.

Both sides begin from the same weights and go through the same batches; their losses are shown side by side before
anything is timed. One step: forward, losses, backward, clipping, fused AdamW, running mean of the weights.

Run as `FILE --step FOLDER THREADS MODE SECONDS` it is PyTorch's side alone (MODE: eager, compile) and prints JSON.
"""

from __future__ import annotations

import json
import pathlib
import statistics
import subprocess
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools" / "python"), str(ROOT / "tools" / "studies"), str(ROOT / "tools" / "compare")]
import train_pipeline  # noqa: E402
from atoll_policy import Policy  # noqa: E402
from origin import origin, told, write_results  # noqa: E402

BARS = {"eager": 1.0, "compile": 0.95}
PARTS = ("controls", "mouse_x", "mouse_y", "action_weight", "patches", "patch_weight", "goal", "goal_weight")


def weighted_mean(values, weight):
    return (values * weight).sum() / weight.sum().clamp_min(1e-6)


def losses_of(out: dict, batch: dict, loss: dict):
    """The total of one replica's pictures: trainer/losses.cpp, the parts that need no goal frames."""
    entropy = lambda logits, target: F.cross_entropy(logits.flatten(0, -2), target.flatten(), reduction="none").view_as(target)
    keys = F.binary_cross_entropy_with_logits(out["keys"], batch["controls"], reduction="none").sum(-1)
    total = loss["action"] * (weighted_mean(keys, batch["action_weight"])
                              + weighted_mean(entropy(out["mouse_x"], batch["mouse_x"]), batch["action_weight"])
                              + weighted_mean(entropy(out["mouse_y"], batch["mouse_y"]), batch["action_weight"]))
    goal = F.binary_cross_entropy_with_logits(out["goal"], batch["goal"], reduction="none")
    goal_weight = batch["goal_weight"] * (1 + (loss["goal_positive"] - 1) * batch["goal"])
    total = total + loss["goal"] * weighted_mean(goal, goal_weight)
    if "patches" not in batch:
        return total
    scores = out["scores"]
    denied = torch.log(-torch.expm1(scores.clamp_max(-1e-6)))
    patch = -(loss["patch_positive"] * batch["patches"] * scores + (1 - batch["patches"]) * denied).mean(-1)
    return total + loss["patch"] * weighted_mean(patch, batch["patch_weight"])


class Side:
    """PyTorch's side: what a careful user of PyTorch would write."""

    def __init__(self, folder: pathlib.Path, mode: str):
        self.about = json.loads((folder / "steps.json").read_text())
        self.policy = Policy.load(folder / "start")
        files = sorted(folder.glob("batch-*.safetensors"))
        self.batches = [self.joined(load_file(file)) for file in files]
        if mode == "compile":  # of one shape, or it would be compiled again and again
            longest = max(batch["tokens"].shape[2] for batch in self.batches)
            for batch in self.batches:
                batch["tokens"] = F.pad(batch["tokens"], (0, longest - batch["tokens"].shape[2]))
        self.average = [p.detach().clone() for p in self.policy.parameters()]
        o = self.about["optimizer"]
        self.optimizer = torch.optim.AdamW(self.policy.parameters(), lr=o["learning_rate"], betas=(o["beta1"], o["beta2"]),
                                           eps=o["epsilon"], weight_decay=o["weight_decay"], fused=True)
        self.loss = torch.compile(self.forward) if mode == "compile" else self.forward
        self.done = 0

    def joined(self, tensors: dict) -> dict:
        """Replicas' pictures as one batch: PyTorch is at its best with all of them at once."""
        replicas = range(self.about["replicas"])
        longest = max(tensors[f"{r}.tokens"].shape[2] for r in replicas)
        for r in replicas:
            tokens = tensors[f"{r}.tokens"]
            tensors[f"{r}.tokens"] = F.pad(tokens, (0, longest - tokens.shape[2]))
        return {name: torch.cat([tensors[f"{r}.{name}"] for r in replicas]) for name in ("frames", "tokens", *PARTS)}

    def forward(self, batch: dict):
        out = self.policy(batch["frames"], batch["tokens"], controls=batch["controls"], mouse_x=batch["mouse_x"])
        parts = self.about["replicas"]
        cut = lambda tensors, names, r: {n: tensors[n].chunk(parts)[r] for n in names if n in tensors}
        return sum(losses_of(cut(out, ("keys", "mouse_x", "mouse_y", "goal", "scores"), r), cut(batch, PARTS, r),
                             self.about["loss"]) for r in range(parts)) / parts

    def step(self, batch: dict | None = None) -> torch.Tensor:
        loss = self.loss(batch or self.batches[self.done % len(self.batches)])
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.policy.parameters(), self.about["optimizer"]["clip_norm"])
        self.optimizer.step()
        decay = min(self.about["optimizer"]["average_decay"], (1 + self.done) / (10 + self.done))
        torch._foreach_lerp_(self.average, [p.detach() for p in self.policy.parameters()], 1 - decay)
        self.done += 1
        return loss


def run_side(folder: str, threads: str, mode: str, seconds: str) -> None:
    torch.set_num_threads(int(threads))
    side = Side(pathlib.Path(folder), mode)
    losses = [side.step().item() for _ in side.batches]
    for _ in range(3):
        side.step()
    steps, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < float(seconds):
        side.step()
        steps += 1
    pictures = side.about["replicas"] * side.about["batch"]
    print(json.dumps({"losses": losses, "rate": steps * pictures / (time.perf_counter() - begin)}))


def told_last(command: list[str]) -> dict:
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])


def measure(atoll: str, size: str, folder: pathlib.Path, turns: int, seconds: str) -> dict:
    bench = [atoll, "bench", "steps", "--json", "--config", str(ROOT / f"configs/sizes/{size}.toml"),
             "--set", f"steps.folder={folder}", "--set", f"steps.seconds={float(seconds) / 6}"]
    rates: dict[str, list[float]] = {"atoll": [], "eager": [], "compile": []}
    losses: dict[str, list[float]] = {}
    for turn in range(turns):
        print(f"{size}: turn {turn + 1} of {turns}", file=sys.stderr)
        rates["atoll"].append(told_last(bench)["figures"][0]["value"])
        about = json.loads((folder / "steps.json").read_text())
        losses["atoll"] = about["losses"]
        for mode in BARS:
            told = told_last([sys.executable, __file__, "--step", str(folder), str(about["threads"]), mode, seconds])
            rates[mode].append(told["rate"])
            losses[mode] = told["losses"]
    apart = {m: max(abs(a - b) / abs(a) for a, b in zip(losses["atoll"], losses[m])) for m in BARS}
    ratios = {m: sorted(a / b for a, b in zip(rates["atoll"], rates[m])) for m in BARS}
    return {"size": size, "parameters": about["parameters"], "replicas": about["replicas"], "threads": about["threads"],
            "batch": about["batch"], "rates": rates, "losses": losses, "apart": apart, "ratios": ratios}


def page_of(found: dict) -> str:
    lines = ["# A training step: Atoll and PyTorch by turns", "", told(found), "",
             f"PyTorch {torch.__version__}. Pictures a second of forward, losses, backward, clipping, fused AdamW and running mean;",
             "the same weights at first, the same batches, equal threads. Median [least .. most] over "
             f"{found['turns']} turns; ratios turn by turn.", "",
             "| size | parameters | side | pictures/s | ratio | bar | met | losses apart by at most |", "|---|---|---|---|---|---|---|---|"]
    spread = lambda values, f: f"{statistics.median(values):{f}} [{min(values):{f}} .. {max(values):{f}}]"
    for row in found["rows"]:
        lines.append(f"| {row['size']} | {row['parameters']:,} | Atoll | {spread(row['rates']['atoll'], ',.0f')} | | | | |")
        for mode, bar in BARS.items():
            ratio = statistics.median(row["ratios"][mode])
            lines.append(f"| {row['size']} | | {mode} | {spread(row['rates'][mode], ',.0f')} | {spread(row['ratios'][mode], '.2f')} | "
                         f">= {bar} | {'yes' if ratio >= bar else 'no'} | {row['apart'][mode]:.1e} |")
    pipeline = found["pipeline"]
    lines += ["", "## End to end", "",
              f"`tiny` on recordings with video (640x480, {pipeline['episodes']} episodes): `atoll train`, and the same step behind a DataLoader whose pictures",
              "come out of the videos (torchcodec) or out of a mapped file of decoded pictures; the faster of 1 and 2 workers.", "",
              "| side | pictures/s | ratio | bar | met |", "|---|---|---|---|---|",
              f"| Atoll | {spread(pipeline['rates']['atoll'], ',.0f')} | | | |"]
    for pictures, ratios in pipeline["ratios"].items():
        ratio = statistics.median(ratios)
        lines.append(f"| DataLoader, {pictures} | {spread(pipeline['rates'][pictures], ',.0f')} | {spread(ratios, '.2f')} | "
                     f">= {train_pipeline.BAR} | {'yes' if ratio >= train_pipeline.BAR else 'no'} |")
    lines += ["", "Losses of the first steps:", "", "| size | step | Atoll | eager | compile |", "|---|---|---|---|---|"]
    for row in found["rows"]:
        for i, (a, e, c) in enumerate(zip(*(row["losses"][m] for m in ("atoll", "eager", "compile")))):
            lines.append(f"| {row['size']} | {i + 1} | {a:.6f} | {e:.6f} | {c:.6f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    if sys.argv[1] == "--step":
        return run_side(*sys.argv[2:])
    atoll, rival, turns, seconds, folder, scratch, command = sys.argv[1:]
    rows = []
    for size in ("tiny", "small"):
        rows.append(measure(atoll, size, pathlib.Path(scratch) / size, int(turns), seconds))
        for mode in BARS:
            if rows[-1]["apart"][mode] > 1e-3:
                sys.exit(f"{size}: the losses of Atoll and {mode} are {rows[-1]['apart'][mode]:.1e} apart, expected at most 1e-3: "
                         "the two sides do not do the same work, so their speeds say nothing")
    tiny = str(ROOT / "configs/sizes/tiny.toml")
    episodes = 20 if float(seconds) < 5 else 120
    pipeline = train_pipeline.measure(atoll, rival, tiny, pathlib.Path(scratch), episodes, int(turns), seconds)
    found = {**origin(command), "turns": int(turns), "rows": rows, "pipeline": pipeline}
    write_results(pathlib.Path(folder), found, page_of(found))
    for pictures, ratios in pipeline["ratios"].items():
        print(f"ratio pipeline_{pictures} {statistics.median(ratios):.3f} {ratios[0]:.3f} {ratios[-1]:.3f}")
    for row in rows:
        for mode, ratios in row["ratios"].items():
            print(f"ratio train_{row['size']}_{mode} {statistics.median(ratios):.3f} {ratios[0]:.3f} {ratios[-1]:.3f}")


if __name__ == "__main__":
    main()
