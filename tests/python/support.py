"""Starts the built `atoll` for tests of the Python package."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(os.environ["ATOLL_ROOT"])
ATOLL = pathlib.Path(os.environ["ATOLL_BIN"]) / "atoll"


def run_atoll(*arguments: str) -> subprocess.CompletedProcess[str]:
    """To its end, whatever its exit code."""
    return subprocess.run([ATOLL, *arguments], capture_output=True, text=True, check=False)


class Serving:
    """`atoll serve ARGUMENTS` for the time of a `with`; `address` is where."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments

    def __enter__(self) -> "Serving":
        self.process = subprocess.Popen(
            [ATOLL, "serve", *self._arguments, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise AssertionError(f"atoll serve {self._arguments} ended with {self.process.returncode}")
        self.address = json.loads(line)["address"]
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
