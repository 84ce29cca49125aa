"""Quantiles of a score as functions of m_jj that never cross."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..datasets.table import Array, Floats


@dataclass(frozen=True)
class QuantileCurves:
    """Values (F, Q, G) of Q quantiles, rising, on a ``grid`` (G,) of m_jj in GeV, for each of F folds; linear between.

    Outside of the grid they are those of its ends. Events belong to a fold by a number in [0, 1), their ``part``.

    >>> curves = QuantileCurves(np.array([2000.0, 3000.0]), np.array([[[1.0, 2.0], [1.5, 4.0]]]))
    >>> curves(np.array([2500.0]), np.array([0.3]))
    array([[1.5 , 2.75]])
    """

    grid: Floats
    values: Floats

    def __call__(self, mass: Floats, part: Array) -> Floats:
        """Return the quantiles (n, Q) of events at ``mass`` (n,) in GeV, in the fold of their ``part`` (n,)."""
        found, fold = np.empty((len(mass), self.values.shape[1])), fold_of(part, len(self.values))
        for number, curves in enumerate(self.values):
            rows = fold == number
            found[rows] = np.stack([np.interp(mass[rows], self.grid, curve) for curve in curves], axis=1)
        return found

    def state(self) -> dict[str, Array]:
        """Return the arrays to be stored."""
        return {"grid": self.grid, "values": self.values}


def fold_of(part: Array, folds: int) -> NDArray[np.int64]:
    """Return the fold (n,) of events by their ``part`` (n,) in [0, 1)."""
    return np.asarray(np.asarray(part) * folds, dtype=np.int64)
