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
from .quantile_curve import QuantileCurves
from .rank import Rank

POINTS = 400
LEAST = 20
"""Events of a fold that its quantiles need."""


class QuantileLearner(Protocol):
    """Learns quantiles as functions of one quantity."""

    def quantiles(
        self, x: Sequence[Floats], score: Sequence[Floats], levels: Floats, grid: Floats, run: Run
    ) -> Floats:
        """Return the quantiles ``levels`` (Q,) of ``score`` at ``x``, both (n,) for each of F folds, on a ``grid`` (G,): (F, Q, G), rising with Q."""


LEARNERS = ("network", "trees")


@dataclass(frozen=True)
class QuantileRegression:
    """How quantiles ``levels`` of a score are learned as functions of m_jj.

    The events are divided in ``folds``. The quantiles are learned in each of them, and those of a fold are the mean of what was
    learned in all others, so that no event decides about itself. A polynomial of ``degree`` in ln m_jj smooths them.
    Scores are ranked and mapped to normal numbers before, and their linear trend in ln m_jj is taken away: quantiles are the
    same for any monotone map, and what is left to learn is of order one, also beyond the last event.
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

    def fit(
        self, mass: Floats, score: Floats, fold: NDArray[np.int64], seed: int
    ) -> tuple[Rank, QuantileCurves]:
        """Learn from events with ``mass`` (n,) in GeV, ``score`` (n,) and ``fold`` (n,).

        Returns the map of scores to ranks and the curves of ranks. ``TrainingError`` names a fold of less than 20 events.
        """
        rank, levels = Rank.fit(score), np.asarray(self.levels)
        normal = ndtri(rank(score))
        x, grid = np.log(mass), np.geomspace(mass.min(), mass.max(), POINTS)
        slope, offset = np.polyfit(x, normal, 1)
        rest, rows = normal - slope * x - offset, self._rows(fold)
        given = [x[own] for own in rows], [rest[own] for own in rows]
        learned = _learner(self.learner).quantiles(*given, levels, np.log(grid), Run(seed=seed))
        others = (learned.sum(axis=0) - learned) / (self.folds - 1)
        density = np.histogram(x, np.linspace(x.min(), x.max(), POINTS + 1))[0]
        smooth = _smooth(others, density, self.degree)
        trend = slope * np.log(grid) + offset
        return rank, QuantileCurves(grid, np.sort(ndtr(smooth + trend), axis=1))

    def _rows(self, fold: NDArray[np.int64]) -> list[NDArray[np.bool_]]:
        rows = [fold == number for number in range(self.folds)]
        least = min(np.count_nonzero(own) for own in rows)
        if least < LEAST:
            raise TrainingError(
                f"quantile regression: {least} events in one of {self.folds} folds; allowed: {LEAST} or more; give more events "
                "or fewer folds"
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
