"""Response and resolution of jets: what is reconstructed over what was generated, in bins of generated pT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .weighted import effective, middle_and_width

Values = NDArray[np.float64]

EDGES = (
    200.0,
    300.0,
    400.0,
    500.0,
    600.0,
    800.0,
    1000.0,
    1250.0,
    1500.0,
    1750.0,
    2000.0,
    2500.0,
    3000.0,
    4000.0,
)
"""Bins of the generated pT in GeV."""
LEAST = 40
"""Effective number of jets that a bin needs."""


@dataclass(frozen=True)
class Quantity:
    """Something of jets with its generated counterpart, compared where that is above ``least`` (GeV)."""

    name: str
    generated: str
    title: str
    least: float


QUANTITIES = (
    Quantity("pt", "gen_pt", "pT", 0.0),
    Quantity("mass", "gen_mass", "mass", 20.0),
    Quantity("msd", "gen_msoftdrop", "soft-drop mass", 40.0),
)


@dataclass(frozen=True)
class Response:
    """Medians of reconstructed over generated in bins of the generated pT, with half the central 68% intervals.

    ``edges`` (n + 1,) in GeV; ``median``, ``error`` (of the median), ``width`` and ``jets`` (effective number)
    have shape (n,), NaN in bins with fewer than ``LEAST`` jets.
    """

    edges: Values
    median: Values
    error: Values
    width: Values
    jets: Values

    @property
    def resolution(self) -> Values:
        """Width over median (n,)."""
        return self.width / self.median

    def record(self) -> list[dict[str, Any]]:
        """Return one record for each bin that is filled."""
        columns = (self.edges[:-1], self.edges[1:], self.median, self.error, self.resolution, self.jets)
        names = ("low", "high", "median", "error", "resolution", "jets")
        return [
            dict(zip(names, map(float, row), strict=True))
            for row in zip(*columns, strict=True)
            if np.isfinite(row[2])
        ]


def response(
    measured: ArrayLike,
    generated: ArrayLike,
    pt: ArrayLike,
    weight: ArrayLike,
    *,
    edges: Sequence[float] = EDGES,
) -> Response:
    """Compare ``measured`` with ``generated`` in bins of the generated ``pt`` (GeV); all arguments have shape (jets,).

    Jets without a generated jet have NaN for it and are left out.
    """
    ratio, where, weights = (
        _ratio(measured, generated),
        np.asarray(pt, float),
        np.asarray(weight, float),
    )
    index = np.where(np.isfinite(ratio), np.searchsorted(edges, where, side="right") - 1, -1)
    rows = [_bin(ratio[index == i], weights[index == i]) for i in range(len(edges) - 1)]
    return Response(np.array(edges), *np.array(rows, dtype=np.float64).T)


def _ratio(measured: ArrayLike, generated: ArrayLike) -> Values:
    below = np.asarray(generated, dtype=np.float64)
    out = np.full(below.shape, np.nan)
    np.divide(np.asarray(measured, dtype=np.float64), below, out=out, where=below > 0)
    return out


def _bin(ratio: Values, weight: Values) -> tuple[float, float, float, float]:
    number = effective(weight)
    if number < LEAST:
        return np.nan, np.nan, np.nan, number
    median, width = middle_and_width(ratio, weight)
    return median, 1.2533 * width / number**0.5, width, number
