#!/usr/bin/env python3
"""Checks that no two headers of the tree define a type of the same name in the same namespace.

Two such types in one program are undefined behaviour that no compiler reports: their functions are merged by name.

usage: unique_types.py ROOT
Prints each name that is defined more than once with its places, exit 1 if any.
"""
import collections
import pathlib
import re
import sys

NAMESPACE = re.compile(r"^namespace ([\w:]+) \{")
END_OF_NAMESPACE = re.compile(r"^\}  // namespace ([\w:]+)")
TYPE = re.compile(r"^(?:struct|class|enum class|union) (\w+)(?: final)?(?: :[^;]*)?(?: \{|$)")


def definitions(root):
    places = collections.defaultdict(list)
    for header in sorted(root.rglob("*.h")):
        relative = header.relative_to(root).as_posix()
        if relative.startswith(("build/", ".")):
            continue
        namespaces = []
        for number, line in enumerate(header.read_text().splitlines(), 1):
            if opened := NAMESPACE.match(line):
                namespaces.append(opened[1])
            elif END_OF_NAMESPACE.match(line) and namespaces:
                namespaces.pop()
            elif defined := TYPE.match(line):
                places["::".join([*namespaces, defined[1]])].append(f"{relative}:{number}")
    return places


if __name__ == "__main__":
    found = definitions(pathlib.Path(sys.argv[1]).resolve())
    twice = {name: where for name, where in found.items() if len(where) > 1}
    for name, where in twice.items():
        print(f"{name} is defined at {' and '.join(where)}; give one of them another name")
    print(f"{len(found)} types of headers, {len(twice)} defined twice")
    sys.exit(1 if twice or not found else 0)
