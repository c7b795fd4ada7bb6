"""One environment of a served world, as Gymnasium has it."""

from __future__ import annotations

import pathlib
from typing import Any

import gymnasium
import numpy as np

from atoll._connection import Connection, RemoteError
from atoll._protocol import Verb
from atoll._world import SEEDS_PER_RANGE, Hands, WorldSpec, printable, read_image, read_info, reset_body


class Env(gymnasium.Env[dict[str, Any], dict[str, Any]]):
    """An environment behind ``atoll serve WORLD``.

    Observation: ``image``, uint8 RGB [height, width, 3]; ``instruction``, text. Action: ``held``, 0 or 1 for each of
    ``spec_of_world.controls``, down at the end of the step; ``taps``, pressed and released inside it; ``mouse``,
    counts right and down; ``wheel``, detents away from the user; with ``pointer=True`` also ``pointer``, where it
    stands in px from the top left, -1 for nowhere. A control newly held is pressed once. Reward: 1 at success, else 0;
    ``info`` has verdict, reason and object, and after ``reset`` the whole task.

    The same seed, task and actions give the same episode, bit for bit, as in C++.

    Args:
        address: as ``atoll serve`` prints it.
        task: some of ``family``, ``split``, ``target``, ``instruction``, ``time_limit_s``; the rest is drawn from
            the seed. ``reset(options={"task": {...}})`` changes it for one episode.
        keys: folder that ``atoll serve --make-keys`` wrote for this client; needed beyond this machine.
        mouse_max: bound of the action space, counts; by default 30 degrees where the world turns.
        pointer: whether actions place the pointer.
        silence_s: how long a dead server goes unnoticed while waiting; RemoteError follows.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 15}

    def __init__(
        self,
        address: str,
        *,
        task: dict[str, Any] | None = None,
        keys: str | pathlib.Path | None = None,
        mouse_max: int | None = None,
        pointer: bool = False,
        render_mode: str | None = None,
        silence_s: float = 5.0,
    ) -> None:
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"render_mode {render_mode!r}, expected None or 'rgb_array'")
        self._connection = Connection(address, "world", keys=keys, silence_s=silence_s)
        self.spec_of_world = WorldSpec.of(self._connection.ask(Verb.SPEC, Verb.SPEC).body)
        self.observation_space = self.spec_of_world.observation_space()
        self.action_space = self.spec_of_world.action_space(mouse_max, pointer)
        self.render_mode = render_mode
        self._task = task
        self._hands = Hands(self.spec_of_world)
        self._episode = 0
        self._tick = 0
        self._image: np.ndarray | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begins an episode with the world's seed ``seed``; without one, a training seed is drawn."""
        super().reset(seed=seed)
        world_seed = seed if seed is not None else int(self.np_random.integers(SEEDS_PER_RANGE))
        task = (options or {}).get("task", self._task)
        message = self._connection.ask(Verb.RESET, Verb.OBS, body=reset_body(world_seed, task))
        self._hands.reset()
        self._episode = message.episode
        return self._observe(message), read_info(message)

    def step(self, action: dict[str, Any]) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Advances by one action step."""
        if self._episode == 0:
            raise RemoteError("step before reset")
        body = self._hands.to_wire(action)
        message = self._connection.ask(Verb.STEP, Verb.OBS, tick=self._tick, episode=self._episode, body=body)
        outcome = message.body["outcome"]
        return (
            self._observe(message),
            float(outcome["reward"]),
            bool(outcome["terminated"]),
            bool(outcome["truncated"]),
            read_info(message),
        )

    def _observe(self, message: Any) -> dict[str, Any]:
        self._tick = message.tick
        self._image = np.empty((self.spec_of_world.height, self.spec_of_world.width, 3), np.uint8)
        read_image(message, self.spec_of_world, self._image)
        return {"image": self._image, "instruction": printable(message.body["instruction"])}

    def render(self) -> np.ndarray | None:
        """The last picture, for render_mode ``rgb_array``."""
        return None if self.render_mode is None or self._image is None else self._image.copy()

    def close(self) -> None:
        """Frees the environment at the server."""
        self._connection.close()
