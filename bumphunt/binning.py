"""Bin edges in dijet mass: the standard CMS ones, finer ones for the likelihood, and the merging of thin bins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray, IntArray

# fmt: off
CMS_DIJET_EDGES: tuple[float, ...] = (
    1, 3, 6, 10, 16, 23, 31, 40, 50, 61, 74, 88, 103, 119, 137, 156, 176, 197, 220, 244, 270, 296, 325,
    354, 386, 419, 453, 489, 526, 565, 606, 649, 693, 740, 788, 838, 890, 944, 1000, 1058, 1118, 1181,
    1246, 1313, 1383, 1455, 1530, 1607, 1687, 1770, 1856, 1945, 2037, 2132, 2231, 2332, 2438, 2546, 2659,
    2775, 2895, 3019, 3147, 3279, 3416, 3558, 3704, 3854, 4010, 4171, 4337, 4509, 4686, 4869, 5058, 5253,
    5455, 5663, 5877, 6099, 6328, 6564, 6808, 7060, 7320, 7589, 7866, 8152, 8447, 8752, 9067, 9391, 9726,
    10072, 10430, 10798, 11179, 11571, 11977, 12395, 12827, 13272, 13732, 14000,
)
# fmt: on
"""Standard CMS dijet-mass bin edges in GeV, about as wide as the resolution (CMS-EXO-19-012, arXiv:1911.03947)."""


class BinningError(ValueError):
    """Raised when bins are asked for that do not exist."""


def dijet_edges(low: float, high: float) -> FloatArray:
    """Return the standard CMS dijet edges between two masses.

    Arguments:
        low: lower end in GeV.
        high: upper end in GeV; only bins that lie inside the two are kept.

    Returns:
        Edges in GeV, shape (n + 1,).

    >>> dijet_edges(2000, 2500)
    array([2037., 2132., 2231., 2332., 2438.])

    """
    edges = np.array(CMS_DIJET_EDGES, dtype=float)
    kept = edges[(edges >= low) & (edges <= high)]
    if len(kept) < 2:
        msg = f"no standard dijet bin lies inside {low:g}-{high:g} GeV; the bins cover 1-14000 GeV"
        raise BinningError(msg)
    return kept


def subdivided(edges: ArrayLike, width: float) -> FloatArray:
    """Split every bin into equal parts no wider than `width`, so that the old edges stay edges.

    Arguments:
        edges: increasing edges in GeV, shape (n + 1,).
        width: largest allowed width in GeV.

    Returns:
        Edges in GeV.

    >>> subdivided([0, 10, 30], 8)
    array([ 0.        ,  5.        , 10.        , 16.66666667, 23.33333333,
           30.        ])

    """
    if not width > 0:
        msg = f"width is {width} GeV; it must be positive"
        raise BinningError(msg)
    edges = np.asarray(edges, dtype=float)
    parts = np.ceil(np.diff(edges) / width - 1e-9).astype(int)
    pieces = [np.linspace(a, b, n + 1)[:-1] for a, b, n in zip(edges[:-1], edges[1:], parts, strict=True)]
    return np.concatenate([*pieces, edges[-1:]])


def geometric(low: float, high: float, step: float) -> FloatArray:
    """Return edges that grow by a constant ratio, at most 1 + `step`.

    Arguments:
        low: first edge in GeV.
        high: last edge in GeV.
        step: largest relative bin width, such as 0.01.

    Returns:
        Edges in GeV.

    """
    if not (0 < low < high and step > 0):
        msg = f"geometric bins need 0 < low < high and step > 0, got low={low}, high={high}, step={step}"
        raise BinningError(msg)
    n = int(np.ceil(np.log(high / low) / np.log1p(step) - 1e-9))
    return np.asarray(np.geomspace(low, high, n + 1), dtype=float)


def merging(content: Sequence[float] | FloatArray, minimum: float = 5.0) -> IntArray:
    """Return where merged bins start when neighbours are joined until each holds `minimum`.

    Bins are joined from the left; what remains at the end joins the last full bin.

    Arguments:
        content: content of every bin, shape (n,).
        minimum: smallest content of a merged bin.

    Returns:
        Index of the first bin of every merged bin, to be used with ``np.add.reduceat``, shape (m,).

    >>> merging([3, 3, 9, 4, 0], 5)
    array([0, 2])

    """
    starts, total = [0], 0.0
    for index, value in enumerate(content):
        if total >= minimum:
            starts.append(index)
            total = 0.0
        total += float(value)
    if total < minimum and len(starts) > 1:
        starts.pop()
    return np.array(starts, dtype=np.int64)
