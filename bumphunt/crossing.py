"""Where a number of signal events, as a function of the cross section, is large enough."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from .array import FloatArray

POINTS = 100
Intervals = tuple[tuple[float, float], ...]


def intervals(margin: Callable[[FloatArray], FloatArray], knots: FloatArray) -> Intervals:
    """Return the intervals in which a function is not negative, as (low, high).

    Signs are compared at 100 points between two knots, in their logarithm; crossings are found to rounding.

    Arguments:
        margin: continuous function of the cross sections, shape (n,) to (n,).
        knots: increasing cross sections, whose range is searched.

    >>> [(low, high)] = intervals(lambda s: (s - 2) * (5 - s), np.array([1.0, 10.0]))
    >>> round(low, 9), round(high, 9)
    (2.0, 5.0)

    """
    logs = np.log(knots)
    steps = np.linspace(0.0, 1.0, POINTS, endpoint=False)
    grid = np.append((logs[:-1, None] + np.diff(logs)[:, None] * steps).ravel(), logs[-1])
    inside = margin(np.clip(np.exp(grid), knots[0], knots[-1])) >= 0

    def distance(log: float) -> float:
        return float(margin(np.clip(np.exp([log]), knots[0], knots[-1]))[0])

    turns = np.flatnonzero(inside[1:] != inside[:-1])
    ends = [float(np.exp(brentq(distance, grid[i], grid[i + 1], xtol=1e-14))) for i in turns]
    ends = ([float(knots[0])] if inside[0] else []) + ends + ([float(knots[-1])] if inside[-1] else [])
    return tuple(zip(ends[::2], ends[1::2], strict=True))
