"""MiniWorld's side of miniworld.sh: miniworld_side.py ATOLL TURNS SECONDS FOLDER COMMAND; see versus.py."""

import versus

OTHER = versus.Other(
    name="MiniWorld 2.1.0",
    scenarios=["MiniWorld-FourRooms-v0", "MiniWorld-PickupObjects-v0"],
    sizes=["160x120", "320x240"],
    how="MiniWorld: its wheel, from Python, Mesa's llvmpipe in the same process on the same core (no threads of its own) "
    "with the screen of an Xvfb, random actions, RGB pictures, new episodes included; without its multisampling, "
    "because an agent's pictures of Playhouse have none, either.",
)


def steps(scenario: str, width: int, height: int, seconds: float) -> float:
    import gymnasium
    import miniworld  # noqa: F401  registers its environments
    import numpy
    from miniworld.opengl import FrameBuffer

    env = gymnasium.make(scenario, obs_width=width, obs_height=height, disable_env_checker=True).unwrapped
    env.obs_fb = FrameBuffer(width, height, 1)
    random = numpy.random.default_rng(1)
    actions = random.integers(0, int(env.action_space.n), 4096).tolist()
    env.reset(seed=1)

    def step(i: int) -> int:
        picture, _, terminated, truncated, _ = env.step(actions[i % len(actions)])
        if terminated or truncated:
            picture, _ = env.reset()
        return int(picture[0, 0, 0])

    return versus.rate_of(step, seconds)


if __name__ == "__main__":
    versus.main(OTHER, __file__, steps)
