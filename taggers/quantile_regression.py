"""Quantile regression of a score against m_jj with folds and smoothing (arXiv:2412.03747)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ..datasets.error import unknown
from ..datasets.table import Floats
from .base import Run
from .error import ParameterError, TrainingError
from .quantile_curve import QuantileCurves, fold_of

POINTS = 400
TINY = 1e-9
LEAST = 20
"""Events of a fold beyond its outermost quantile, and events of a fold, that are needed."""


class QuantileLearner(Protocol):
    """Learns quantiles as functions of one quantity."""

    def quantiles(
        self, x: Sequence[Floats], score: Sequence[Floats], levels: Floats, grid: Floats, run: Run
    ) -> Floats:
        """Return the quantiles ``levels`` (Q,) of ``score`` at ``x``, both (n,) for each of F folds, on a ``grid`` (G,): (F, Q, G), rising with Q."""


LEARNERS = ("network", "trees")


@dataclass(frozen=True)
class QuantileRegression:
    """How quantiles ``levels`` of a ranked score are learned as functions of m_jj.

    The events are divided in ``folds``, fewer where there are so few events that less than 20 of a fold lie beyond its outermost
    quantile. The quantiles are learned in each fold, and those of a fold are the mean of what was learned in all others. A polynomial
    of ``degree`` in ln m_jj smooths them. Ranks are mapped to normal numbers before, and their linear trend in ln m_jj is
    taken away: what is left to learn is of order one, also beyond the last event.
    """

    levels: tuple[float, ...]
    learner: str = "network"
    folds: int = 20
    degree: int = 3

    def __post_init__(self) -> None:
        """Refuse what cannot be learned."""
        if self.learner not in LEARNERS:
            raise ParameterError(f"quantile regression: {unknown('learner', self.learner, LEARNERS)}")
        for name, least in (("folds", 2), ("degree", 0)):
            if getattr(self, name) < least:
                raise ParameterError(
                    f"quantile regression: {name} is {getattr(self, name)!r}; allowed: {least} or more"
                )

    def fit(self, mass: Floats, rank: Floats, part: Floats, seed: int) -> QuantileCurves:
        """Learn from events with ``mass`` (n,) in GeV, ``rank`` (n,) in (0, 1) and ``part`` (n,) in [0, 1), which divides them in folds.

        ``TrainingError`` for a fold of less than 20 events.
        """
        normal, levels, folds = (
            ndtri(np.clip(rank, TINY, 1 - TINY)),
            np.asarray(self.levels),
            self.folds_of(len(mass)),
        )
        x, grid = np.log(mass), np.geomspace(mass.min(), mass.max(), POINTS)
        slope, offset = np.polyfit(x, normal, 1)
        rest, rows = normal - slope * x - offset, _rows(fold_of(part, folds), folds)
        given = [x[own] for own in rows], [rest[own] for own in rows]
        learned = _learner(self.learner).quantiles(*given, levels, np.log(grid), Run(seed=seed))
        others = (learned.sum(axis=0) - learned) / (folds - 1)
        density = np.histogram(x, np.linspace(x.min(), x.max(), POINTS + 1))[0]
        smooth = _smooth(others, density, self.degree)
        trend = slope * np.log(grid) + offset
        return QuantileCurves(grid, np.sort(ndtr(smooth + trend), axis=1))

    def folds_of(self, events: int) -> int:
        """Return in how many folds so many events are divided.

        >>> [QuantileRegression((0.9, 0.99)).folds_of(n) for n in (1000, 10_000, 100_000)]
        [2, 5, 20]
        """
        beyond = events * min(1 - max(self.levels), *self.levels)
        return int(np.clip(round(beyond / LEAST), 2, self.folds))


def _rows(fold: NDArray[np.int64], folds: int) -> list[NDArray[np.bool_]]:
    rows = [fold == number for number in range(folds)]
    least = min(np.count_nonzero(own) for own in rows)
    if least < LEAST:
        raise TrainingError(
            f"quantile regression: {least} events in one of {folds} folds; allowed: {LEAST} or more; give more events"
        )
    return rows


def _learner(name: str) -> QuantileLearner:
    if name == "trees":
        from .quantile_trees import QuantileTrees  # noqa: PLC0415

        return QuantileTrees()
    from .quantile_network import QuantileNetwork  # noqa: PLC0415  needs torch

    return QuantileNetwork()


def _smooth(values: Floats, density: NDArray[np.int64], degree: int) -> Floats:
    """Fit a polynomial to each of the curves (F, Q, G), where there are more events the more closely."""
    x = np.linspace(-1, 1, values.shape[2])
    weight = np.sqrt(np.maximum(density, 1e-3))
    flat = values.reshape(-1, values.shape[2])
    found = np.polynomial.polynomial.polyfit(x, flat.T, degree, w=weight)
    smooth: Floats = np.asarray(np.polynomial.polynomial.polyval(x, found), dtype=np.float64)
    return smooth.reshape(values.shape)
