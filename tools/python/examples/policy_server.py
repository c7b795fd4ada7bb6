"""A policy in Python: walks on and looks around. Play it: atoll eval --policy remote:127.0.0.1:5556 --out out/walk"""

import numpy as np

import atoll

CONTRACT = atoll.Contract(controls=["w"])


class Walk:
    def __init__(self, counts_per_turn: float) -> None:
        self.turn = int(counts_per_turn / 36)  # at most 10 degrees a step

    def reset(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def act(self, image: np.ndarray, instruction: str, held: list[str]) -> list[atoll.Action]:
        dx = int(self.random.integers(-self.turn, self.turn + 1))
        return [atoll.Action(held=["w"], mouse=(dx, 0)) for _ in range(CONTRACT.chunk_actions)]


if __name__ == "__main__":
    atoll.serve_policy(Walk, CONTRACT, "tcp://127.0.0.1:5556")
