"""Quantiles of a score as functions of m_jj that never cross."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from ..datasets.table import Array, Floats


@dataclass(frozen=True)
class QuantileCurves:
    """Values (F, Q, G) of Q quantiles, rising, on a ``grid`` (G,) of m_jj in GeV, for each of F folds; linear between.

    Outside of the grid they are those of its ends.

    >>> curves = QuantileCurves(np.array([2000.0, 3000.0]), np.array([[[1.0, 2.0], [1.5, 4.0]]]))
    >>> curves(np.array([2500.0]), np.array([0]))
    array([[1.5 , 2.75]])
    """

    grid: Floats
    values: Floats

    def __call__(self, mass: Floats, fold: Array) -> Floats:
        """Return the quantiles (n, Q) of the ``fold`` (n,) of events at ``mass`` (n,) in GeV."""
        found = np.empty((len(mass), self.values.shape[1]))
        for number, curves in enumerate(self.values):
            rows = fold == number
            found[rows] = np.stack([np.interp(mass[rows], self.grid, curve) for curve in curves], axis=1)
        return found

    def state(self) -> dict[str, Array]:
        """Return the arrays to be stored."""
        return {"grid": self.grid, "values": self.values}

    @classmethod
    def restore(cls, state: Mapping[str, Array]) -> Self:
        """Rebuild curves from their arrays."""
        return cls(state["grid"], state["values"])
