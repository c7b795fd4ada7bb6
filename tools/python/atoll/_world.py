"""What Env and VectorEnv share: spaces, actions on the wire, observations off it."""

from __future__ import annotations

import dataclasses
import string
from typing import Any

import gymnasium
import numpy as np

from atoll._connection import RemoteError
from atoll._controls import INDEX_OF
from atoll._protocol import Message

MAX_PRESSES = 3
MAX_INSTRUCTION = 1024
SEEDS_PER_RANGE = 1 << 40  # training seeds are 0 .. 2^40 - 1 (envs/seeds.h)
_CHARACTERS = frozenset(string.printable)


@dataclasses.dataclass(frozen=True)
class WorldSpec:
    """What is fixed about a world."""

    width: int
    height: int
    rate_hz: float
    controls: tuple[str, ...]
    tasks: tuple[str, ...]
    counts_per_turn: float
    world: str

    @staticmethod
    def of(body: dict[str, Any]) -> WorldSpec:
        """From the body of SPEC."""
        facts = body.get("facts", {})
        return WorldSpec(
            width=int(body["frame_width_px"]),
            height=int(body["frame_height_px"]),
            rate_hz=float(body["action_rate_hz"]),
            controls=tuple(body["controls"]),
            tasks=tuple(body["tasks"]),
            counts_per_turn=float(facts.get("counts_per_turn", 0.0)),
            world=str(facts.get("world", "")),
        )

    def observation_space(self) -> gymnasium.spaces.Dict:
        """RGB picture and instruction."""
        return gymnasium.spaces.Dict(
            image=gymnasium.spaces.Box(0, 255, (self.height, self.width, 3), np.uint8),
            instruction=gymnasium.spaces.Text(MAX_INSTRUCTION, min_length=0, charset=_CHARACTERS),
        )

    def action_space(self, mouse_max: int | None, pointer: bool) -> gymnasium.spaces.Dict:
        """What one step takes; see Env."""
        if mouse_max is None:
            mouse_max = max(1, round(self.counts_per_turn / 12)) if self.counts_per_turn > 0 else 100
        num = len(self.controls)
        spaces: dict[str, gymnasium.Space[Any]] = {
            "held": gymnasium.spaces.MultiBinary(num),
            "taps": gymnasium.spaces.MultiBinary(num),
            "mouse": gymnasium.spaces.Box(-mouse_max, mouse_max, (2,), np.int32),
            "wheel": gymnasium.spaces.Box(-3, 3, (1,), np.int32),
        }
        if pointer:
            high = np.array([self.width - 1, self.height - 1], np.int32)
            spaces["pointer"] = gymnasium.spaces.Box(np.array([-1, -1], np.int32), high, dtype=np.int32)
        return gymnasium.spaces.Dict(spaces)


class Hands:
    """What is held in one environment, so that a control newly held is also pressed."""

    def __init__(self, spec: WorldSpec) -> None:
        self._indices = [INDEX_OF[name] for name in spec.controls]
        self._held = [False] * len(self._indices)

    def reset(self) -> None:
        """Nothing is held when an episode begins."""
        self._held = [False] * len(self._indices)

    def to_wire(self, action: dict[str, Any]) -> dict[str, Any]:
        """The body of STEP for one action of the action space."""
        # Lists, because numpy takes its time with so few numbers.
        held = np.asarray(action["held"]).astype(bool).tolist()
        taps = np.asarray(action["taps"]).astype(bool).tolist()
        presses: list[int] = []
        for index, is_held, was_held, is_tapped in zip(self._indices, held, self._held, taps, strict=True):
            if count := min((is_held and not was_held) + is_tapped, MAX_PRESSES):
                presses += (index, count)
        self._held = held
        mouse = action["mouse"]
        body: dict[str, Any] = {
            "held": [index for index, is_held in zip(self._indices, held, strict=True) if is_held],
            "presses": presses,
            "dx": int(mouse[0]),
            "dy": int(mouse[1]),
            "wheel": int(np.asarray(action["wheel"]).reshape(-1)[0]),
        }
        pointer = action.get("pointer")
        if pointer is not None and pointer[0] >= 0 and pointer[1] >= 0:
            body["pointer"] = [int(pointer[0]), int(pointer[1])]
        return body


def read_image(message: Message, spec: WorldSpec, out: np.ndarray) -> None:
    """Copies the picture of an OBS as RGB into ``out`` ([height, width, 3])."""
    expected = spec.width * spec.height * 4
    if len(message.buffers) != 1 or len(message.buffers[0]) != expected:
        sizes = [len(buffer) for buffer in message.buffers]
        raise RemoteError(f"OBS with pictures of {sizes} bytes, expected one of {expected}")
    bgra = np.frombuffer(message.buffers[0], np.uint8).reshape(spec.height, spec.width, 4)
    for channel in range(3):  # a third of the time of one copy that turns them round
        out[:, :, channel] = bgra[:, :, 2 - channel]


def printable(text: str) -> str:
    """The instruction as the observation space has it; what is odd about it stays in ``info``."""
    if all(c in _CHARACTERS for c in text) and len(text) <= MAX_INSTRUCTION:
        return text
    return "".join(c if c in _CHARACTERS else "?" for c in text)[:MAX_INSTRUCTION]


def read_info(message: Message) -> dict[str, Any]:
    """What only judges and loggers need: verdict, reason, object, and the words as they are."""
    outcome = message.body.get("outcome", {})
    info: dict[str, Any] = {
        "verdict": outcome.get("verdict", "running"),
        "reason": outcome.get("reason", ""),
        "object": outcome.get("object", ""),
        "instruction": message.body.get("instruction", ""),
        "step": message.tick,
        "time_s": message.t_ns / 1e9,
    }
    tasks = message.body.get("task", [])
    if tasks:
        info["task"] = tasks[0]
    return info


def reset_body(seed: int, task: dict[str, Any] | None) -> dict[str, Any]:
    """The body of RESET; ``task`` has some of family, split, target, instruction, time_limit_s."""
    return {"seed": int(seed), "task": task or {}}
