"""Sums of weights, and the cross section of weighted events of which a part is dropped."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np
from numpy.typing import ArrayLike


@dataclass
class Tally:
    """The sum of weights and of their squares, so far."""

    sumw: float = 0.0
    sumw2: float = 0.0

    def add(self, weights: ArrayLike) -> None:
        """Count one more weight, or an array of them.

        >>> tally = Tally()
        >>> tally.add([1.0, 2.0])
        >>> tally.sumw, tally.sumw2
        (3.0, 5.0)
        """
        self.sumw += float(np.sum(weights))
        self.sumw2 += float(np.sum(np.square(weights)))


def kept_cross_section(total: tuple[float, float], tried: Tally, kept: Tally) -> tuple[float, float]:
    """Return the cross section and its error (pb) of what is kept of weighted events.

    ``total`` is the cross section and its error (pb) of everything that is tried. The share that is kept is that of
    the sums of weights: by number of events, as Pythia counts, it would be wrong.

    >>> kept_cross_section((100.0, 0.0), Tally(10.0, 10.0), Tally(5.0, 5.0))[0]
    50.0
    """
    if tried.sumw <= 0:
        return 0.0, total[1]
    share = kept.sumw / tried.sumw
    variance = (1 - 2 * share) * kept.sumw2 + share**2 * tried.sumw2
    value = total[0] * share
    return value, hypot(total[1] * share, total[0] * sqrt(max(variance, 0.0)) / tried.sumw)
