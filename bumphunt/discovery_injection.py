"""Expected discovery from injected signals, each with a training and a significance of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray
from .discovery import SIGNIFICANCES, checked_significances
from .discovery_result import Discovery
from .efficiency import EfficiencyError

NOISE = 0.1
NEARLY = 0.8
EXTENSION = 1.15


def discovery_from_injections(
    cross_section: ArrayLike,
    significance: ArrayLike,
    significances: Sequence[float] = SIGNIFICANCES,
) -> Discovery:
    """Return the cross sections at which the significance of injected signals passes given values.

    This is the rule of CMS-EXO-22-026 (arXiv:2412.03747): significances below 0.1 are dropped, and there is a straight
    line between neighbouring injections. If the largest significance is between 4 and 5 (for 5, and in proportion for
    others), the line goes on once, from the largest injection, whether or not its significance is the largest, to a
    cross section and a significance that are both 15% above its own; below 4 there is no value.

    Arguments:
        cross_section: injected, in fb, positive, in any order, shape (n_injections,).
        significance: expected, of each, shape (n_injections,).
        significances: the values, in standard deviations.

    Returns:
        The smallest cross section at which each value is reached.

    Raises:
        EfficiencyError: if the two do not match or are impossible.

    """
    sigma, z = np.asarray(cross_section, dtype=float), np.asarray(significance, dtype=float)
    wanted = checked_significances(significances)
    finite = np.isfinite(sigma).all() and np.isfinite(z).all()
    if sigma.ndim != 1 or sigma.shape != z.shape or not (finite and (sigma > 0).all()):
        msg = f"cross sections {sigma.tolist()} with significances {z.tolist()}; they match, are finite and positive"
        raise EfficiencyError(msg)
    order = np.argsort(sigma)
    kept = order[z[order] >= NOISE]
    found = [_passed(sigma[kept], z[kept], value) for value in wanted]
    texts = [
        f"{value:g} standard deviations: {text}"
        for value, (_, text) in zip(wanted, found, strict=True)
        if text
    ]
    return Discovery(
        significances=wanted,
        cross_sections=tuple(value for value, _ in found),
        events=None,
        method="straight lines between injections",
        warnings=tuple(texts),
    )


def _passed(sigma: FloatArray, z: FloatArray, wanted: float) -> tuple[float | None, str]:
    """Return where a polyline passes a value upwards first, and what a reader has to know of it."""
    text = ""
    if not len(z) or z.max() < NEARLY * wanted:
        return None, "injections stay far below; inject more"
    if z[0] >= wanted:
        return None, f"the smallest injection, {sigma[0]:g} fb, is above already; inject less"
    if z.max() < wanted:
        sigma, z = np.append(sigma, EXTENSION * sigma[-1]), np.append(z, EXTENSION * z[-1])
        text = "extrapolated by up to 15% beyond the largest injection"
    above = int(np.argmax(z >= wanted))
    if z[above] < wanted:
        return None, "injections stay below; inject more"
    part = (wanted - z[above - 1]) / (z[above] - z[above - 1])
    return float(sigma[above - 1] + part * (sigma[above] - sigma[above - 1])), text
