"""A family on bins, log-linear or not."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from . import background
from .background import BinnedBackground
from .curve import Curve
from .curve_binned import BinnedCurve
from .family import Family

Placed = BinnedBackground | BinnedCurve


def place(edges: ArrayLike, family: Family) -> Placed:
    """Put a family on bins with edges in GeV."""
    return BinnedCurve.on(edges, family) if isinstance(family, Curve) else BinnedBackground.on(edges, family)


def joined(parts: Sequence[Placed]) -> Placed:
    """Put the bins of several categories of one family side by side, each with parameters of its own."""
    curves = [part for part in parts if isinstance(part, BinnedCurve)]
    if curves:
        return BinnedCurve.joined(curves)
    return background.joined([part for part in parts if isinstance(part, BinnedBackground)])
