# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Numbers of several runs, and of several sizes."""

import math
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values):
        return cls(median(values), min(values), max(values))


def ratio(values, bases):
    """The median of the ratios of runs that were made side by side."""
    return median(value / base for value, base in zip(values, bases))


def exponent(points):
    """The k of a * size ** k that fits the points [(size, value)] best: the slope of the line through their
    logarithms, by least squares."""
    logs = [(math.log(size), math.log(value)) for size, value in points]
    mean_x = sum(x for x, _ in logs) / len(logs)
    mean_y = sum(y for _, y in logs) / len(logs)
    spread = sum((x - mean_x) ** 2 for x, _ in logs)
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / spread
