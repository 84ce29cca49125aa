"""Integrals over bins by Gauss-Legendre quadrature.

The error on a dijet spectrum in standard bins is 4.5% with one node (the bin centre), 2e-4 with two and
3e-7 with three, so three are always used.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray

ORDER = 3


def quadrature(edges: ArrayLike, order: int = ORDER) -> tuple[FloatArray, FloatArray]:
    """Return the nodes and weights that integrate over every bin.

    Arguments:
        edges: bin edges in GeV, shape (n + 1,).
        order: number of nodes in a bin.

    Returns:
        Nodes in GeV and weights in GeV, both of shape (n, order).

    """
    edges = np.asarray(edges, dtype=float)
    positions, weights = np.polynomial.legendre.leggauss(order)
    half, centre = np.diff(edges)[:, None] / 2, (edges[1:] + edges[:-1])[:, None] / 2
    return centre + half * positions, half * weights


def integral(density: Callable[[FloatArray], FloatArray], edges: ArrayLike, order: int = ORDER) -> FloatArray:
    """Integrate a density over every bin.

    Arguments:
        density: function of the mass in GeV, in events per GeV, shape (...) to (...).
        edges: bin edges in GeV, shape (n + 1,).
        order: number of nodes in a bin.

    Returns:
        Events in each bin, shape (n,).

    >>> integral(lambda mass: mass**2, [0.0, 3.0])
    array([9.])

    """
    nodes, weights = quadrature(edges, order)
    return np.asarray((density(nodes) * weights).sum(-1), dtype=float)
