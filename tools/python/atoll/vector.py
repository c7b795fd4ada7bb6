"""Many environments of a served world over one connection, as Gymnasium's vector environments are."""

from __future__ import annotations

import pathlib
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode

from atoll._connection import Connection, RemoteError
from atoll._protocol import Message, Verb
from atoll._world import SEEDS_PER_RANGE, Hands, WorldSpec, printable, read_image, read_info, reset_body


class VectorEnv(gymnasium.vector.VectorEnv[dict[str, Any], dict[str, Any], np.ndarray]):
    """``num_envs`` environments behind ``atoll serve WORLD``, their requests under way all at once.

    Next-step autoreset: the step after an episode's end starts the next one, whatever the action, with reward 0 and
    the new episode's first observation. Observation: ``image``, uint8 [num_envs, height, width, 3]; ``instruction``,
    a tuple of texts. Actions are those of Env with num_envs in front. Arguments as for Env.
    """

    metadata = {"render_modes": [], "autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(
        self,
        address: str,
        num_envs: int,
        *,
        task: dict[str, Any] | None = None,
        keys: str | pathlib.Path | None = None,
        mouse_max: int | None = None,
        pointer: bool = False,
        silence_s: float = 5.0,
    ) -> None:
        if num_envs < 1:
            raise ValueError(f"num_envs is {num_envs}, expected at least 1")
        self._connection = Connection(address, "world", keys=keys, silence_s=silence_s)
        allowed = int(self._connection.server["environments"])
        if num_envs > allowed:
            self._connection.close()
            raise RemoteError(f"num_envs is {num_envs}, {address} gives a client {allowed} (max_environments_per_client)")
        self.num_envs = num_envs
        self.spec_of_world = WorldSpec.of(self._connection.ask(Verb.SPEC, Verb.SPEC).body)
        self.single_observation_space = self.spec_of_world.observation_space()
        self.single_action_space = self.spec_of_world.action_space(mouse_max, pointer)
        self.observation_space = gymnasium.vector.utils.batch_space(self.single_observation_space, num_envs)
        self.action_space = gymnasium.vector.utils.batch_space(self.single_action_space, num_envs)
        self._task = task
        self._hands = [Hands(self.spec_of_world) for _ in range(num_envs)]
        self._seeds = [np.random.default_rng() for _ in range(num_envs)]  # of episodes that nobody gave a seed
        self._episodes = [0] * num_envs
        self._ticks = [0] * num_envs
        self._is_over = np.zeros(num_envs, bool)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begins an episode everywhere. A number seeds environment i with seed + i, and all episodes after the first."""
        super().reset(seed=seed if isinstance(seed, int) else None)
        seeds = [seed + i for i in range(self.num_envs)] if isinstance(seed, int) else seed or [None] * self.num_envs
        if len(seeds) != self.num_envs:
            raise ValueError(f"{len(seeds)} seeds, expected {self.num_envs}")
        task = (options or {}).get("task", self._task)
        requests: dict[int, int] = {}
        for i, one in enumerate(seeds):
            if one is not None:
                self._seeds[i] = np.random.default_rng(one)
            requests[self._send_reset(i, one, task)] = i
        observation, _, _, _, infos = self._collect(requests)
        return observation, infos

    def step(self, actions: dict[str, Any]) -> tuple[dict[str, Any], np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """One step everywhere; where an episode had ended, the start of the next."""
        if 0 in self._episodes:
            raise RemoteError("step before reset")
        requests: dict[int, int] = {}
        for i in range(self.num_envs):
            if self._is_over[i]:
                requests[self._send_reset(i, None, self._task)] = i
                continue
            body = self._hands[i].to_wire({name: value[i] for name, value in actions.items()})
            request = self._connection.send(
                Verb.STEP, env_id=i, tick=self._ticks[i], episode=self._episodes[i], body=body
            )
            requests[request] = i
        return self._collect(requests)

    def _send_reset(self, i: int, seed: int | None, task: dict[str, Any] | None) -> int:
        world_seed = seed if seed is not None else int(self._seeds[i].integers(SEEDS_PER_RANGE))
        self._hands[i].reset()
        return self._connection.send(Verb.RESET, env_id=i, body=reset_body(world_seed, task))

    def _collect(
        self, requests: dict[int, int]
    ) -> tuple[dict[str, Any], np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        spec = self.spec_of_world
        images = np.empty((self.num_envs, spec.height, spec.width, 3), np.uint8)
        instructions = [""] * self.num_envs
        rewards = np.zeros(self.num_envs)
        terminated = np.zeros(self.num_envs, bool)
        truncated = np.zeros(self.num_envs, bool)
        infos: dict[str, Any] = {}
        messages: list[Message | None] = [None] * self.num_envs
        failure: RemoteError | None = None
        while requests:
            message = self._connection.receive()
            i = requests.pop(message.request_id, None)
            if i is None:
                continue
            try:
                self._connection.check(message, Verb.OBS)
            except RemoteError as error:  # the others' answers are still to come
                failure = failure or error
                self._episodes[i] = 0
                continue
            messages[i] = message
        if failure is not None:
            raise failure
        for i, message in enumerate(messages):
            assert message is not None
            self._episodes[i], self._ticks[i] = message.episode, message.tick
            read_image(message, spec, images[i])
            instructions[i] = printable(message.body["instruction"])
            outcome = message.body["outcome"]
            rewards[i], terminated[i], truncated[i] = outcome["reward"], outcome["terminated"], outcome["truncated"]
            infos = self._add_info(infos, read_info(message), i)
        self._is_over = terminated | truncated
        return {"image": images, "instruction": tuple(instructions)}, rewards, terminated, truncated, infos

    def close_extras(self, **_: Any) -> None:
        """Frees the environments at the server."""
        self._connection.close()
