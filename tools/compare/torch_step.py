"""A training step of Atoll's agent in PyTorch, as a careful user of PyTorch would write it.

It begins from the weights and the batches that `atoll bench steps` leaves in a folder. One step: forward, losses,
backward, clipping, fused AdamW, running mean of the weights; on the device and in the precision of Atoll's.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from atoll_policy import Policy  # noqa: E402

ANSWERS = ("keys", "mouse_x", "mouse_y", "goal", "scores")
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


class TorchStep:

    def __init__(self, folder: pathlib.Path, mode: str):
        self.about = json.loads((folder / "steps.json").read_text())
        self.device = torch.device(self.about["device"])
        self.policy = Policy.load(folder / "start").to(self.device)
        files = sorted(folder.glob("batch-*.safetensors"))
        self.batches = [{n: t.to(self.device) for n, t in self.joined(load_file(file)).items()} for file in files]
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
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.about["precision"] == "bf16"):
            out = self.policy(batch["frames"], batch["tokens"], controls=batch["controls"], mouse_x=batch["mouse_x"])
        out = {n: out[n].float() for n in ANSWERS}
        parts = self.about["replicas"]
        cut = lambda tensors, names, r: {n: tensors[n].chunk(parts)[r] for n in names if n in tensors}
        return sum(losses_of(cut(out, ANSWERS, r), cut(batch, PARTS, r),
                             self.about["loss"]) for r in range(parts)) / parts

    def work(self) -> int:
        """Floating-point operations of a step's matrix products and convolutions, both ways: 2 a multiplication and addition."""
        from torch.utils.flop_counter import FlopCounterMode
        with FlopCounterMode(display=False) as counter:
            self.forward(self.batches[0]).backward()
        self.optimizer.zero_grad()
        return counter.get_total_flops()

    def wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def step(self, batch: dict | None = None) -> torch.Tensor:
        loss = self.loss(batch or self.batches[self.done % len(self.batches)])
        o = self.about["optimizer"]
        for group in self.optimizer.param_groups:
            group["lr"] = o["learning_rate"] * min(1.0, (self.done + 1) / max(1, o["warmup_steps"]))
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.policy.parameters(), self.about["optimizer"]["clip_norm"])
        self.optimizer.step()
        decay = min(self.about["optimizer"]["average_decay"], (1 + self.done) / (10 + self.done))
        torch._foreach_lerp_(self.average, [p.detach() for p in self.policy.parameters()], 1 - decay)
        self.done += 1
        return loss


def last_json(command: list[str]) -> dict:
    """What a program says in its last line."""
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])
