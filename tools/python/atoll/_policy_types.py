"""What a policy is and what it exchanges with Atoll."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from atoll._controls import INDEX_OF


@dataclasses.dataclass(frozen=True)
class Contract:
    """What must be equal between a policy and where it plays (core/contract.h); a mismatch is refused by Atoll."""

    frame_width_px: int = 96
    frame_height_px: int = 72
    action_rate_hz: float = 15.0
    actions_per_policy_step: int = 4
    chunk_actions: int = 8
    delay_steps: int = 1
    controls: Sequence[str] = ("w", "a", "s", "d", "e")
    mouse_unit: str = "counts"
    mouse_max: float = 300.0
    mouse_bins: int = 11
    mouse_mu: float = 10.0
    wheel_max: int = 0
    pointer: str = "none"
    pointer_cells: int = 2

    def to_wire(self) -> dict[str, Any]:
        """The contract as SPEC has it."""
        unknown = [name for name in self.controls if name not in INDEX_OF]
        if unknown:
            raise ValueError(f"unknown controls {unknown}; atoll.CONTROLS lists them all")
        return {
            **dataclasses.asdict(self),
            "controls": list(self.controls),
            "version": 1,
            "crop": "none",
            "resize": "box",
            "colour": "bgr8",
        }


@dataclasses.dataclass(frozen=True)
class Action:
    """One step: names of controls held at its end, names tapped inside it, mouse counts right and down.

    ``wheel``: detents, at most the contract's ``wheel_max`` either way. ``pointer``: where it is set to, a pixel of the
    picture that the policy was shown, where the contract says ``pointer="patches"``.
    """

    held: Sequence[str] = ()
    taps: Sequence[str] = ()
    mouse: tuple[int, int] = (0, 0)
    wheel: int = 0
    pointer: tuple[int, int] | None = None


class Policy(Protocol):
    """One player's mind: has memory, so each session gets one of its own."""

    def reset(self, seed: int) -> None:
        """Forgets everything."""

    def act(self, image: np.ndarray, instruction: str, held: Sequence[str]) -> Sequence[Action]:
        """The next ``contract.chunk_actions`` actions.

        ``image``: uint8 RGB [height, width, 3] of the contract's size. ``held``: what will be held when they start.
        """
        ...
