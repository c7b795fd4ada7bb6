"""Can a small network tell Playhouse's things apart? things.py CROPS_PROGRAM BENCH_JSON

Trains on crops of an agent's picture (96x72) at 3 m and prints the share of new crops whose shape and colour are both
told right, as Markdown. Rooms, looks and light of the test crops are other ones than those of training.
"""
import datetime
import json
import subprocess
import sys

import numpy as np
import torch

SIDE = 32
DISTANCE_M = 3.0
TRAINING, TEST = 72_000, 14_400
EPOCHS, BATCH = 10, 144
BAR = 99.0


def crops(program: str, count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    raw = subprocess.run([program, str(count), str(seed), str(DISTANCE_M)], check=True, capture_output=True).stdout
    rows = np.frombuffer(raw, np.uint8).reshape(count, 3 + SIDE * SIDE * 3)
    pictures = rows[:, 3:].reshape(count, SIDE, SIDE, 3).transpose(0, 3, 1, 2)
    return torch.from_numpy(pictures.copy()), torch.from_numpy(rows[:, :3].astype(np.int64))


def network() -> torch.nn.Module:
    def block(inputs: int, outputs: int) -> list[torch.nn.Module]:
        return [torch.nn.Conv2d(inputs, outputs, 3, padding=1), torch.nn.BatchNorm2d(outputs), torch.nn.ReLU()]

    return torch.nn.Sequential(
        *block(3, 24), *block(24, 32), torch.nn.MaxPool2d(2), *block(32, 48), torch.nn.MaxPool2d(2), *block(48, 64),
        torch.nn.MaxPool2d(2), torch.nn.Flatten(), torch.nn.Linear(64 * 16, 9 + 8),
    )


def main() -> None:
    program, bench = sys.argv[1], json.loads(sys.argv[2])
    torch.manual_seed(1)
    pictures, labels = crops(program, TRAINING, 1)
    model = network()
    parameters = sum(p.numel() for p in model.parameters())
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    steps = EPOCHS * (TRAINING // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, steps)
    for epoch in range(EPOCHS):
        for batch in torch.randperm(TRAINING).split(BATCH):
            scores = model(pictures[batch].float() / 255)
            loss = torch.nn.functional.cross_entropy(scores[:, :9], labels[batch, 0])
            loss = loss + torch.nn.functional.cross_entropy(scores[:, 9:], labels[batch, 1])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {loss.item():.4f}", file=sys.stderr)
    model.eval()
    pictures, labels = crops(program, TEST, 2)
    with torch.no_grad():
        scores = torch.cat([model(part.float() / 255) for part in pictures.split(1000)])
    shape = scores[:, :9].argmax(1) == labels[:, 0]
    colour = scores[:, 9:].argmax(1) == labels[:, 1]
    print("# Telling things apart at 3 m\n")
    print(f"{datetime.date.today()}, commit {bench['commit']}, {bench['machine']}, `tools/studies/things.sh`.\n")
    print(f"Crops of {SIDE}x{SIDE} px from an agent's picture of 96x72, any look, light and side; a network of {parameters:,}")
    print(f"parameters, {TRAINING:,} crops to train on, {TEST:,} of other rooms to test.\n")
    print("| things | n | shape right | colour right | both right | bar |")
    print("|---|---|---|---|---|---|")
    for name, of in (("small", labels[:, 2] == 0), ("big", labels[:, 2] == 1), ("all", labels[:, 2] >= 0)):
        rates = [100 * values[of].float().mean().item() for values in (shape, colour, shape & colour)]
        bar = f">= {BAR:.0f} %" if name == "all" else ""
        print(f"| {name} | {int(of.sum())} | " + " | ".join(f"{rate:.2f} %" for rate in rates) + f" | {bar} |")


main()
