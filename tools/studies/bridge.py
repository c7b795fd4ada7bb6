"""The bridge's numbers beside their bars: bridge.py RESULTS writes RESULTS/bridge.md from RESULTS/DATE-PART/.

Each part knows its own bars (figures.py). Exit code 1: a bar is not met, or not measured.
"""

import pathlib
import sys

from figure_page import write_page

SECTIONS = {
    "Sync": ["sync", "sync_drift"],
    "Capture": ["capture", "x11grab"],
    "Input": ["input"],
    "Guard": ["guard"],
    "Recorder": ["recorder", "recorder_soak", "audio", "audio_drift"],
    "Games": ["games", "minetest", "detectors", "demos"],
    "Pages": ["web"],
    "Other programs": ["lerobot"],
    "Bad files": ["parsers"],
    "A live agent": ["doom_live"],
}

sys.exit(write_page(pathlib.Path(sys.argv[1]), "bridge", "The bridge to real games", SECTIONS))
