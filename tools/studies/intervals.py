"""Intervals that several studies tell."""

import math

Z_95 = 1.959963984540054  # as evaluation/statistics.h


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a rate (Wilson 1927), 0 .. 1; all of it where nothing was tried."""
    if n == 0:
        return 0.0, 1.0
    rate = successes / n
    middle = (rate + Z_95 * Z_95 / (2 * n)) / (1 + Z_95 * Z_95 / n)
    half = Z_95 / (1 + Z_95 * Z_95 / n) * math.sqrt(rate * (1 - rate) / n + Z_95 * Z_95 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
