#!/usr/bin/env python3
"""Runs clang-tidy over sources of the tree, and skips those that have passed as they are.

usage: tidy.py BUILD PATH...
BUILD holds compile_commands.json; PATH is a folder or a source, relative to the root. Prints findings and a last line
with the number of sources; exit 1 if there is a finding. A source passes with its own text, that of every header of the
tree that it reaches, its flags, .clang-tidy and clang-tidy's version: the SHA-256 of all this is an empty file in
~/.cache/atoll/tidy (or below XDG_CACHE_HOME). Upgraded system headers alone are not noticed.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "atoll" / "tidy"
INCLUDE = re.compile(rb'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def texts_of(source):
    """Source and headers of the tree that it includes, directly or not, as {path: bytes}."""
    texts, queue = {}, [source]
    while queue:
        path = queue.pop()
        if path not in texts and path.is_file():
            texts[path] = path.read_bytes()
            queue += [ROOT / name.decode() for name in INCLUDE.findall(texts[path])]
    return texts


def key_of(source, command, common):
    digest = hashlib.sha256(common + command.replace(str(ROOT), "").encode())
    for path, text in sorted(texts_of(source).items()):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + text + b"\0")
    return digest.hexdigest()


def check(source, build):
    # The flags are GCC's; clang need not know all of its warnings.
    return subprocess.run(["clang-tidy", "-p", str(build), "--quiet", "--extra-arg=-Wno-unknown-warning-option",
                           str(source)], cwd=ROOT, capture_output=True, text=True)


def main(build, wanted):
    commands = {pathlib.Path(e["file"]): e["command"] for e in json.loads((build / "compile_commands.json").read_text())}
    sources = sorted(s for s in commands if s.is_relative_to(ROOT) and s.is_file()
                     and any(s.is_relative_to(ROOT / path) for path in wanted))
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes()
    keys = {s: key_of(s, commands[s], common) for s in sources}
    CACHE.mkdir(parents=True, exist_ok=True)
    todo = [s for s in sources if not (CACHE / keys[s]).exists()]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for source, result in zip(todo, pool.map(lambda s: check(s, build), todo)):
            if result.returncode == 0:
                (CACHE / keys[source]).touch()
                continue
            failed += 1
            noise = re.compile(r"^\d+ warnings? generated\.\n", re.MULTILINE)  # in system headers, mostly
            print(noise.sub("", f"{source.relative_to(ROOT)}:\n{result.stdout}{result.stderr}"), flush=True)
    print(f"clang-tidy: {len(sources)} sources, {len(todo)} of them new or changed, {failed} with findings", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]))
