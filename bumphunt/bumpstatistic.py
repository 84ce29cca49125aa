"""The BumpHunter statistic of many spectra at once (arXiv:1101.0390): -ln of the smallest local p-value.

The local p-value of a window with n events where b are expected is the Poisson probability of n or more. It is at least
that of a normal excess of sqrt(2 H), H = b - n + n ln(n / b) (M. Short, ISRN Prob. Stat. 2013, 412958): H, which costs a
logarithm, says which windows cannot have the smallest, and the incomplete gamma function is left for the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc, gammaincc, gammaln, ndtri_exp

from .array import FloatArray, IntArray
from .bumpwindow import BumpWindows

SMALLEST = 1e-280
CHUNK = 200_000


@dataclass(frozen=True, eq=False)
class Largest:
    """The largest bump of each row.

    Arguments:
        statistic: -ln of the smallest local p-value, zero if no window has an excess, shape (n_rows,).
        window: index of its window, shape (n_rows,).
        observed, expected: events in it, shape (n_rows,).

    """

    statistic: FloatArray
    window: IntArray
    observed: FloatArray
    expected: FloatArray


def largest(
    windows: BumpWindows,
    observed: FloatArray,
    expected: FloatArray,
    *,
    deficits: bool = False,
    normalised: bool = False,
) -> Largest:
    """Return the largest bump of each row of counts.

    Arguments:
        windows: where to look.
        observed: counts, shape (n_rows, *windows.shape).
        expected: expected events, shape (n_rows, *windows.shape) or (1, *windows.shape).
        deficits: look for deficits and not for excesses.
        normalised: scale the expected events of a window so that they agree with the counts outside of it.

    """
    size = max(1, CHUNK // len(windows))
    found = []
    for first in range(0, len(observed), size):
        rows = slice(first, first + size)
        mean = expected if len(expected) == 1 else expected[rows]
        found.append(_largest(windows, observed[rows], mean, deficits, normalised))
    fields = zip(*((f.statistic, f.window, f.observed, f.expected) for f in found), strict=True)
    return Largest(*(np.concatenate(field) for field in fields))


def log_p(observed: FloatArray, expected: FloatArray, deficits: bool = False) -> FloatArray:
    """Return the logarithm of the Poisson probability of at least (deficits: at most) the observed events.

    Arguments:
        observed: counts above the expected ones (deficits: below), shape (...).
        expected: expected events, positive, shape (...).
        deficits: take the lower tail.

    >>> log_p(np.array([5.0, 1000.0]), np.array([1.0, 1.0])).round(1).tolist()
    [-5.6, -5913.1]

    """
    p = gammaincc(observed + 1, expected) if deficits else gammainc(observed, expected)
    return np.where(p > SMALLEST, np.log(np.maximum(p, SMALLEST)), _log_tail(observed, expected, deficits))


def _log_tail(n: FloatArray, b: FloatArray, deficits: bool) -> FloatArray:
    """Return ln p far in the tail: the nearest term of the sum and the ratio by which the others fall."""
    ratio, size = (n / b, np.maximum(n, 1)) if deficits else (b / (n + 1), n + 1)
    rest = np.maximum(1 - ratio, 1e-9)
    factor = np.maximum(1 / rest - ratio**2 / (size * rest**3), 1.0)
    return np.asarray(n * np.log(b) - b - gammaln(n + 1) + np.log(factor), dtype=float)


def _largest(
    windows: BumpWindows, observed: FloatArray, expected: FloatArray, deficits: bool, normalised: bool
) -> Largest:
    n, b = windows.sums(observed), windows.sums(expected)
    if normalised:
        outside = observed.reshape(len(observed), -1).sum(1) - n
        around = expected.reshape(len(expected), -1).sum(1) - b
        b = np.where((outside > 0) & (around > 0), b * outside / np.where(around > 0, around, 1), 0)
    b = np.broadcast_to(b, n.shape)
    height = _height(n, b, deficits)
    rows = np.arange(n.shape[1])
    window = height.argmax(0)
    best, high = np.zeros(len(rows)), height[window, rows] > 0
    best[high] = _at(n, b, window[high], rows[high], deficits)
    z = np.maximum(-ndtri_exp(np.minimum(best, -1e-300)), 0)
    slack = 1e-9 + 1e-14 * n.max()
    some, row = np.nonzero((height >= z**2 / 2 - slack) & (height > 0))
    tried = _at(n, b, some, row, deficits)
    np.minimum.at(best, row, tried)
    equal = np.flatnonzero(tried == best[row])[::-1]
    window[row[equal]] = some[equal]
    return Largest(0.0 - best, window, n[window, rows], b[window, rows])


def _height(n: FloatArray, b: FloatArray, deficits: bool) -> FloatArray:
    """Return H where there is an excess (deficits: a deficit) on a positive expectation, elsewhere zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        height = np.log(np.maximum(n, 1e-300) / b)
        height *= n
        height += b
        height -= n
    return np.where(((n < b) if deficits else (n > b)) & (b > 0), height, 0.0)


def _at(n: FloatArray, b: FloatArray, window: IntArray, row: IntArray, deficits: bool) -> FloatArray:
    mean = np.maximum(b[window, row], 1e-300)
    return log_p(n[window, row], mean, deficits)
