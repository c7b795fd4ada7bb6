"""The newest results of the parts of a study, and where they come from."""

import json
import pathlib
from collections.abc import Iterable
from typing import Any

Folders = dict[str, pathlib.Path]  # by part
Parts = dict[str, dict[str, Any]]  # results.json, by part


def load_parts(results: pathlib.Path) -> tuple[Folders, Parts]:
    """The newest folder with results.json of each part; folders are called DATE-PART."""
    folders = {}
    for file in sorted(results.glob("????-??-??-*/results.json")):
        folders[file.parent.name[11:]] = file.parent
    return folders, {part: json.loads((folder / "results.json").read_text()) for part, folder in folders.items()}


def sources(names: Iterable[str], parts: Parts, folders: Folders) -> list[str]:
    """The table that tells with which command, when and where each part was measured."""
    lines = ["## What was measured when and where", "", "| part | command | date | commit | machine |", "|---|---|---|---|---|"]
    for part in sorted(names):
        if part in parts:
            found = parts[part]
            told = [str(found.get(key, "")) for key in ("command", "date", "commit", "machine")]
            told[0] = f"`{told[0] or f'tools/studies/{part}.sh'}`"
            told[1] = told[1] or folders[part].name[:10]
            lines.append(f"| [{part}]({folders[part].name}/) | " + " | ".join(told) + " |")
        else:
            lines.append(f"| {part} | not run | | | |")
    return lines
