"""Statistics of weighted events: their effective number, quantiles, and the place of a peak."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]

CENTRAL = 0.682689
PEAK_SHARE = 0.2


def effective(weight: ArrayLike) -> float:
    """Return the number of unweighted events that would be as precise: (sum w)^2 / sum w^2.

    >>> effective([1.0, 1.0, 2.0])
    2.6666666666666665
    """
    weights = np.asarray(weight, dtype=np.float64)
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def equal(weight: ArrayLike) -> bool:
    """Tell whether events all have the same weight."""
    weights = np.asarray(weight, dtype=np.float64)
    return len(weights) == 0 or bool(np.ptp(weights) <= 1e-6 * np.abs(weights).max())


def quantile(values: ArrayLike, weight: ArrayLike, q: ArrayLike) -> Values:
    """Return the values below which shares ``q`` of the weight lie; NaN without events.

    ``values`` and ``weight`` have shape (n,); weights are not negative.

    >>> quantile([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], 0.5).tolist()
    2.0
    """
    ordered, middle = _ordered(values, weight)
    if not len(ordered):
        return np.full(np.shape(q), np.nan)
    return np.asarray(np.interp(np.asarray(q, dtype=np.float64), middle, ordered), dtype=np.float64)


def middle_and_width(values: ArrayLike, weight: ArrayLike) -> tuple[float, float]:
    """Return the median, and half the interval that holds the central 68.3%."""
    low, median, high = quantile(values, weight, [(1 - CENTRAL) / 2, 0.5, (1 + CENTRAL) / 2])
    return float(median), float(high - low) / 2


def peak(values: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the middle of the shortest interval that holds a fifth of the weight; NaN below 10 events.

    >>> round(peak([0.0, 1.0, 4.9, 5.0, 5.0, 5.0, 5.1, 9.0, 10.0, 20.0]), 1)
    5.0
    """
    array = np.asarray(values, dtype=np.float64)
    weights = np.ones(len(array)) if weight is None else np.asarray(weight, dtype=np.float64)
    if len(array) < 10 or not weights.sum() > 0:
        return float("nan")
    order = np.argsort(array, kind="stable")
    ordered, reached = array[order], np.cumsum(weights[order])
    first = np.concatenate([[0.0], reached[:-1]])
    last = np.searchsorted(reached, first + PEAK_SHARE * reached[-1] * (1 - 1e-12))
    inside = np.flatnonzero(last < len(array))
    best = inside[np.argmin(ordered[last[inside]] - ordered[inside])]
    return float(ordered[best] + ordered[last[best]]) / 2


def _ordered(values: ArrayLike, weight: ArrayLike) -> tuple[Values, Values]:
    """Return sorted values and the share of the weight up to the middle of each."""
    array, weights = np.asarray(values, dtype=np.float64), np.asarray(weight, dtype=np.float64)
    order = np.argsort(array, kind="stable")
    ordered, weights = array[order], weights[order]
    used = weights > 0
    ordered, weights = ordered[used], weights[used]
    return ordered, (np.cumsum(weights) - weights / 2) / weights.sum() if len(weights) else weights
