"""Datasets of `atoll.lerobot`, read back by LeRobot itself: lerobot_check.py FOLDER COMMAND NAME DATASET RECORDING... [-- NAME
DATASET RECORDING...]...

Every row is compared with the recordings as Atoll's own Python package reads them. A picture is another one when the one
before or after it in the recording is more like what LeRobot shows.
"""

import json
import pathlib
import sys

import numpy as np
from figures import Figure, figure, write_figures
from lerobot.datasets.lerobot_dataset import LeRobotDataset

import atoll
from atoll.lerobot import SCREEN, Columns, pictures_of, tasks_of


def figures_of(name: str, dataset_folder: str, recording_folders: list[str]) -> list[Figure]:
    dataset = LeRobotDataset(f"atoll/{name}", root=dataset_folder, video_backend="pyav")
    recordings = [atoll.read_recording(path) for path in recording_folders]
    columns = Columns(recordings)
    wrong = {"actions": 0, "states": 0, "tasks": 0, "success": 0, "pictures": 0}
    errors: list[float] = []
    row = 0
    for recording in recordings:
        video = recording.read_video()
        for episode in recording.episodes:
            if episode.num_actions == 0:
                continue
            span = slice(episode.first_action, episode.first_action + episode.num_actions)
            times_ns = recording.actions.time_ns[span]
            actions, states = columns.actions(recording, span), columns.states(recording, span)
            tasks, pictures = tasks_of(recording, episode, times_ns), pictures_of(recording, episode, times_ns)
            for step in range(episode.num_actions):
                item = dataset[row]
                last = step == episode.num_actions - 1
                wrong["actions"] += not np.array_equal(item["action"].numpy(), actions[step])
                wrong["states"] += not np.array_equal(item["observation.state"].numpy(), states[step])
                wrong["tasks"] += item["task"] != tasks[step]
                wrong["success"] += bool(item["next.success"]) != (last and episode.verdict == "success")
                shown = item[SCREEN].numpy().transpose(1, 2, 0) * 255.0
                shown = shown[: video.shape[1], : video.shape[2]]
                near = range(max(0, pictures[step] - 2), min(len(video), pictures[step] + 3))
                difference = {k: float(np.abs(shown - video[k].astype(np.float64)).mean()) for k in near}
                wrong["pictures"] += difference[pictures[step]] > min(difference.values()) + 0.5
                errors.append(difference[pictures[step]])
                row += 1
    return [
        figure(f"{name}: rows that LeRobot reads", len(dataset), "", bar="as many as steps", met=len(dataset) == row),
        *(
            figure(f"{name}: rows with other {what} than the recordings'", count, "", n=row, bar="0", met=count == 0)
            for what, count in wrong.items()
        ),
        figure(f"{name}: difference of pictures from encoding twice, mean of the worst row", max(errors), "of 255", n=row),
    ]


def main() -> int:
    folder, command, *words = sys.argv[1:]
    figures: list[Figure] = []
    formats = set()
    while words:
        end = words.index("--") if "--" in words else len(words)
        name, dataset, *recordings = words[:end]
        words = words[end + 1 :]
        figures += figures_of(name, dataset, recordings)
        formats.add(json.loads((pathlib.Path(dataset) / "meta" / "info.json").read_text())["codebase_version"])
    said = f"Read by LeRobot in an environment of its own; format {', '.join(sorted(formats))}."
    return 0 if write_figures(folder, command, "Recordings as a LeRobot dataset", said, figures) else 1


sys.exit(main())
