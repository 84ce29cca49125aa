"""How well an expectation describes counts: Pearson's chi2 on merged bins, the deviance, and two tests of shape.

The tests of Kolmogorov and Smirnov and of Anderson and Darling compare cumulative distributions at the edges of bins.
Their textbook p-values do not hold for bins, nor after a fit: take them from toys.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy
from scipy.stats import chi2 as chi2_distribution

from .array import FloatArray, IntArray

MINIMUM = 5.0


def pearson(
    observed: ArrayLike, expected: ArrayLike, minimum: float = MINIMUM, by: ArrayLike | None = None
) -> tuple[FloatArray, IntArray]:
    """Return Pearson's chi2 of each row after its thin bins were merged, and the number of merged bins.

    Arguments:
        observed: counts, shape (..., n_bins).
        expected: expected events, shape (..., n_bins).
        minimum: neighbours are joined from the left until `by` reaches this; 0 merges nothing.
        by: what decides about merging, shape (..., n_bins); the expected events unless given.

    Returns:
        chi2 and number of merged bins, each of shape (...).

    >>> chi2, bins = pearson([12, 3, 2], [10.0, 4.0, 2.0])
    >>> float(chi2.round(3)), int(bins)
    (0.567, 2)

    """
    shape = np.broadcast_shapes(np.shape(observed), np.shape(expected))
    seen, mean = (
        np.broadcast_to(observed, shape).astype(float),
        np.broadcast_to(expected, shape).astype(float),
    )
    size = mean if by is None else np.broadcast_to(np.asarray(by, dtype=float), shape)
    label = _labels(size.reshape(-1, shape[-1]), minimum)
    n_rows, n_bins = label.shape
    flat = (label + n_bins * np.arange(n_rows)[:, None]).reshape(-1)
    merged = np.bincount(flat, mean.reshape(-1), n_rows * n_bins).reshape(n_rows, n_bins)
    difference = np.bincount(flat, (seen - mean).reshape(-1), n_rows * n_bins).reshape(n_rows, n_bins)
    chi2 = np.divide(difference**2, merged, out=np.zeros_like(merged), where=merged > 0).sum(-1)
    return chi2.reshape(shape[:-1]), (label[:, -1] + 1).reshape(shape[:-1])


def _labels(size: FloatArray, minimum: float) -> IntArray:
    """Return the number of the merged bin of every bin; what remains at the end joins the last full one."""
    label = np.zeros(size.shape, dtype=np.int64)
    current, total = np.zeros(len(size), dtype=np.int64), np.zeros(len(size))
    for column in range(size.shape[1]):
        full = (total >= minimum) & (column > 0)
        current, total = current + full, np.where(full, 0.0, total) + size[:, column]
        label[:, column] = current
    return np.minimum(label, np.maximum(current - (total < minimum), 0)[:, None])


def deviance(observed: ArrayLike, expected: ArrayLike) -> FloatArray:
    """Return the Poisson deviance, twice the log likelihood ratio to the saturated model, shape (...).

    Arguments:
        observed: counts, shape (..., n_bins).
        expected: expected events, positive, shape (..., n_bins).

    Reference: S. Baker and R. Cousins, Nucl. Instrum. Meth. 221 (1984) 437.

    """
    seen, mean = np.asarray(observed, dtype=float), np.asarray(expected, dtype=float)
    ratio = np.where(seen > 0, seen, 1.0) / mean
    return np.asarray(2 * (mean - seen + xlogy(seen, ratio)).sum(-1), dtype=float)


def kolmogorov_smirnov(observed: ArrayLike, expected: ArrayLike) -> FloatArray:
    """Return the largest distance between the cumulative distributions, times sqrt(n), shape (...).

    Arguments:
        observed: counts, shape (..., n_bins).
        expected: expected events, shape (..., n_bins).

    """
    seen, mean, total = _cumulative(observed, expected)
    return np.asarray(np.abs(seen - mean).max(-1) * np.sqrt(total), dtype=float)


def anderson_darling(observed: ArrayLike, expected: ArrayLike) -> FloatArray:
    """Return the squared distance of the cumulative distributions over its variance, averaged over events, shape (...).

    It is n sum_i f_i (S_i - F_i)^2 / (F_i (1 - F_i)) over the upper edges of all bins but the last, with S and F the
    observed and expected shares below the edge and f_i the expected share of the bin: the tails count more.

    Arguments:
        observed: counts, shape (..., n_bins).
        expected: expected events, shape (..., n_bins).

    """
    seen, mean, total = _cumulative(observed, expected)
    share = np.diff(mean, axis=-1, prepend=0.0)
    variance = np.maximum(mean * (1 - mean), 1e-300)
    inner = (share * (seen - mean) ** 2 / variance)[..., :-1]
    return np.asarray(inner.sum(-1) * total, dtype=float)


def _cumulative(observed: ArrayLike, expected: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    seen, mean = np.cumsum(observed, axis=-1, dtype=float), np.cumsum(expected, axis=-1, dtype=float)
    total = seen[..., -1]
    return seen / np.maximum(total, 1)[..., None], mean / mean[..., -1:], total


def p_value(chi2: float, ndof: int) -> float | None:
    """Return the probability of a larger chi2, or None without degrees of freedom."""
    return float(chi2_distribution.sf(chi2, ndof)) if ndof > 0 else None
