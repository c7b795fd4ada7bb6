"""ViZDoom's side of vizdoom.sh: vizdoom_side.py ATOLL TURNS SECONDS FOLDER COMMAND; see versus.py."""

import pathlib
import tempfile

import versus

OTHER = versus.Other(
    name="ViZDoom 1.3.2",
    scenarios=["my_way_home", "basic", "my_way_home, 4 tics", "basic, 4 tics"],
    sizes=["160x120", "320x240"],
    how="ViZDoom: its wheel, from Python, synchronous, random actions, RGB pictures, new episodes included. One tic a step; "
    "where it says 4 tics, each action is held for four, as agents play it and as a step of Playhouse has four ticks.",
)


def steps(scenario: str, width: int, height: int, seconds: float) -> float:
    import numpy
    import vizdoom

    name, _, tics = scenario.partition(", ")
    tics_a_step = int(tics.split()[0]) if tics else 1
    game = vizdoom.DoomGame()
    game.load_config(str(pathlib.Path(vizdoom.scenarios_path) / f"{name}.cfg"))
    game.set_screen_resolution(getattr(vizdoom.ScreenResolution, f"RES_{width}X{height}"))
    game.set_screen_format(vizdoom.ScreenFormat.RGB24)
    game.set_mode(vizdoom.Mode.PLAYER)
    game.set_window_visible(False)
    game.set_sound_enabled(False)
    game.set_seed(1)
    folder = tempfile.TemporaryDirectory()  # for the settings that it writes, which else go where it was started
    game.set_doom_config_path(str(pathlib.Path(folder.name) / "vizdoom.ini"))
    game.init()
    random = numpy.random.default_rng(1)
    actions = random.integers(0, 2, (4096, game.get_available_buttons_size())).tolist()

    def step(i: int) -> int:
        if game.is_episode_finished():
            game.new_episode()
        picture = game.get_state().screen_buffer
        game.make_action(actions[i % len(actions)], tics_a_step)
        return int(picture[0, 0, 0])

    rate = versus.rate_of(step, seconds)
    game.close()
    folder.cleanup()
    return rate


if __name__ == "__main__":
    versus.main(OTHER, __file__, steps)
