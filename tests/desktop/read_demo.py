#!/usr/bin/env python3
"""Reads a Doom demo (version 109) for the tests, without any code of Atoll.

usage: read_demo.py FILE.lmp PLAYER
Prints one line a tic: `dx dy [held controls] [control=presses ...]`, names in the order of the control vocabulary.
"""
import struct
import sys

COUNTS = 4096 // 256  # of the mouse in the smallest turn
ORDER = ["a", "d", "e", "s", "w", "1", "2", "3", "4", "5", "6", "7", "8", "left_shift", "mouse_left"]


def pace(speed, walk, run):
    """The nearest of standing (0), walking (1) and running (2)."""
    distances = [abs(speed), abs(abs(speed) - walk), abs(abs(speed) - run)]
    # Half way between two counts as the faster one.
    return max(i for i in range(3) if distances[i] == min(distances))


def controls(forward, side, buttons):
    held = set()
    ahead, across = pace(forward, 25, 50), pace(side, 24, 40)
    if ahead:
        held.add("w" if forward > 0 else "s")
    if across:
        held.add("d" if side > 0 else "a")
    if 2 in (ahead, across):
        held.add("left_shift")
    if not buttons & 128:
        if buttons & 1:
            held.add("mouse_left")
        if buttons & 2:
            held.add("e")
        if buttons & 4:
            held.add(str((buttons >> 3) % 8 + 1))
    return held


def main(path, player):
    data = open(path, "rb").read()
    assert data[0] == 109 and data[-1] == 0x80
    playing = [i for i in range(4) if data[9 + i]]
    body = data[13:-1]
    commands = list(struct.iter_unpack("<bbbB", body))[playing.index(player)::len(playing)]
    before = set()
    for forward, side, turn, buttons in commands:
        held = controls(forward, side, buttons)
        names = [c for c in ORDER if c in held]
        presses = [c + "=1" for c in ORDER if c in held - before]
        print(f"{-turn * COUNTS} 0 [{' '.join(names)}] [{' '.join(presses)}]")
        before = held


main(sys.argv[1], int(sys.argv[2]))
