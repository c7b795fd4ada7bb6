"""The agent's and its training's numbers beside their bars: learning.py RESULTS writes RESULTS/learning.md.

Each part knows its own bars (figures.py). Exit code 1: a bar is not met, or not measured.
"""

import pathlib
import sys

from figure_page import write_page

SECTIONS = {
    "Training speed": ["train_speed", "train_speed_gpu"],
    "Loader": ["loader", "torchcodec"],
    "Live speed": ["sizes"],
    "Playhouse": ["skills", "demonstrations"],
    "Memory": ["memory"],
    "Plain recordings": ["plain"],
    "Published weights": ["pretraining"],
    "What each option brings": ["learning_options"],
    "A live agent": ["doom_live", "minetest_live"],
    "One agent for three worlds": ["generalist"],
}

sys.exit(write_page(pathlib.Path(sys.argv[1]), "learning", "The agent and its training", SECTIONS))
