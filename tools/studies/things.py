"""Can a small network tell Playhouse's things apart? things.py CROPS_PROGRAM EPOCHS FOLDER COMMAND writes the results.

Trains on crops of an agent's picture (96x72) at 3 m and counts the new crops whose shape and colour are both told right.
Rooms, looks and light of the test crops are other ones than those of training.
"""

import pathlib
import subprocess
import sys

import numpy as np
import torch
from origin import origin, told, write_results

SIDE = 32
DISTANCE_M = 3.0
TRAINING, TEST = 72_000, 14_400
BATCH = 144
BAR = 0.99


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


def train(model: torch.nn.Module, program: str, epochs: int) -> None:
    pictures, labels = crops(program, TRAINING, 1)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, epochs * (TRAINING // BATCH))
    for epoch in range(epochs):
        for batch in torch.randperm(TRAINING).split(BATCH):
            scores = model(pictures[batch].float() / 255)
            loss = torch.nn.functional.cross_entropy(scores[:, :9], labels[batch, 0])
            loss = loss + torch.nn.functional.cross_entropy(scores[:, 9:], labels[batch, 1])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        print(f"epoch {epoch + 1} of {epochs}: loss {loss.item():.4f}", file=sys.stderr)


def judge(model: torch.nn.Module, program: str) -> dict:
    model.eval()
    pictures, labels = crops(program, TEST, 2)
    with torch.no_grad():
        scores = torch.cat([model(part.float() / 255) for part in pictures.split(1000)])
    shape = scores[:, :9].argmax(1) == labels[:, 0]
    colour = scores[:, 9:].argmax(1) == labels[:, 1]
    rows = [
        {"things": name, "n": int(of.sum())}
        | {what: values[of].float().mean().item() for what, values in
           (("shape", shape), ("colour", colour), ("both", shape & colour))}
        for name, of in (("small", labels[:, 2] == 0), ("big", labels[:, 2] == 1), ("all", labels[:, 2] >= 0))
    ]
    taken = torch.unique(labels[~(shape & colour)], dim=0, return_counts=True)
    worst = sorted(zip(taken[1].tolist(), taken[0].tolist()), reverse=True)[:5]
    return {
        "kinds": [len(torch.unique(labels[:, i])) for i in range(3)],
        "rows": rows,
        "worst": [{"shape": s, "colour": c, "size": z, "wrong": n} for n, (s, c, z) in worst],
    }


def page_of(found: dict) -> str:
    shapes, colours, sizes = found["kinds"]
    lines = [
        f"# Telling things apart at {DISTANCE_M:.0f} m",
        "",
        told(found),
        "",
        f"{shapes} shapes x {colours} colours x {sizes} sizes. Crops of {SIDE}x{SIDE} px from an agent's picture of 96x72, any "
        "look, light and side;",
        f"a network of {found['parameters']:,} parameters, {TRAINING:,} crops to train on, {TEST:,} of other rooms to test.",
        "",
        "| things | n | shape right | colour right | both right | bar | met |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in found["rows"]:
        rates = " | ".join(f"{100 * row[what]:.2f} %" for what in ("shape", "colour", "both"))
        is_all = row["things"] == "all"
        bar = f">= {100 * BAR:.0f} % | {'yes' if row['both'] >= BAR else 'no'}" if is_all else "|"
        lines.append(f"| {row['things']} | {row['n']} | {rates} | {bar} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    program, epochs, folder, command = sys.argv[1:]
    torch.manual_seed(1)
    model = network()
    train(model, program, int(epochs))
    parameters = sum(p.numel() for p in model.parameters())
    found = {**origin(command), "parameters": parameters, **judge(model, program)}
    write_results(pathlib.Path(folder), found, page_of(found))


main()
