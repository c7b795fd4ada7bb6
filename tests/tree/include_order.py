#!/usr/bin/env python3
"""Checks every `#include "folder/..."` of the tree against the table of who may include whom.

usage: include_order.py ROOT
Prints each include that goes against the table as `file:line: folder A may not include folder B`, exit 1 if any.
"""
import pathlib
import re
import sys

# A folder may include itself, what it names here, and what those may include.
MAY_INCLUDE = {
    "core": [],
    "net": ["core"],
    "x11": ["core"],
    "input": ["core", "x11"],
    "capture": ["core", "x11"],
    "distributed": ["core", "net"],
    "datasets": ["core"],
    "datasets/video": ["datasets"],
    "agent": ["core"],
    "envs": ["core", "net"],
    "envs/playhouse": ["envs"],
    "envs/remote": ["envs", "net"],
    "envs/desktop": ["envs/playhouse", "capture", "input"],
    "session": ["envs", "envs/remote", "agent", "datasets"],
    "trainer": ["session", "distributed"],
    "evaluation": ["session"],
    "web": ["evaluation", "session"],
    "tools": ["web", "trainer", "evaluation", "envs/desktop", "envs/remote", "datasets/video"],
}
# LibTorch types stay out of every other folder's headers and sources (the policy player reaches them through agent/policy.h).
TORCH_FOLDERS = {"agent", "distributed", "trainer"}


def reachable(folder):
    seen, queue = set(), [folder]
    while queue:
        current = queue.pop()
        if current not in seen:
            seen.add(current)
            queue += MAY_INCLUDE[current]
    return seen


def folder_of(path):
    """The longest folder of the table that holds `path` (relative to the root), or None."""
    candidates = [f for f in MAY_INCLUDE if path.startswith(f + "/")]
    return max(candidates, key=len, default=None)


def check(root):
    problems = []
    for source in sorted(root.rglob("*")):
        relative = source.relative_to(root).as_posix()
        if source.suffix not in (".h", ".cpp") or relative.startswith(("build/", "tests/", ".")):
            continue
        folder = folder_of(relative)
        if folder is None:
            problems.append(f"{relative}: lies in no folder of the table")
            continue
        allowed = reachable(folder)
        for number, line in enumerate(source.read_text().splitlines(), 1):
            quoted = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            angled = re.match(r"\s*#\s*include\s+<(torch|ATen|c10)/", line)
            if quoted:
                target = folder_of(quoted[1])
                if target is None or not (root / quoted[1]).exists():
                    problems.append(f'{relative}:{number}: "{quoted[1]}" is no file of the tree; write "folder/file.h"')
                elif target not in allowed:
                    problems.append(f"{relative}:{number}: folder {folder} may not include folder {target}")
            elif angled and folder not in TORCH_FOLDERS:
                problems.append(f"{relative}:{number}: LibTorch may not be included in {folder}")
    return problems


if __name__ == "__main__":
    found = check(pathlib.Path(sys.argv[1]).resolve())
    print("\n".join(found) or "every include follows the table")
    sys.exit(1 if found else 0)
