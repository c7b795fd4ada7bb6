"""Where a result comes from: written into every results.json, so that it can be made again."""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
from typing import Any


def machine() -> str:
    """As machine_description() of core/version.h: processor, cores, system."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.split(": ", 1)[1] for line in lines if line.startswith("model name")), "unknown processor")
    return f"{processor}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def commit() -> str:
    """The short revision, "-dirty" if sources differ from it; results are no sources."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":(exclude)results")
        return git("rev-parse", "--short", "HEAD") + ("-dirty" if changed else "")
    except (OSError, subprocess.CalledProcessError):  # outside of a checkout
        return "unknown"


def origin(command: str) -> dict[str, str]:
    """`command`: what another person types to get this result."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return {"command": command, "date": str(today), "commit": commit(), "machine": machine()}


def told(found: dict[str, Any]) -> str:
    """The line under a README's title."""
    return f"{found['date']}, commit {found['commit']}, {found['machine']}. Command: `{found['command']}`."


def write_results(folder: pathlib.Path, found: dict[str, Any], page: str) -> None:
    """results.json and README.md of one study; the page also goes to stdout."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(found, indent=1) + "\n")
    (folder / "README.md").write_text(page)
    sys.stdout.write(page)
