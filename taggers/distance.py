"""How far two samples lie apart, and how much two quantities of one sample depend on each other.

What to use when: `emd` for two batches of equal size in any number of dimensions; `sliced_emd` for large or unequal
samples; `mmd` to tell whether two samples differ at all; `jensen_shannon` for two histograms; `distance_correlation`
for a dependence of any form, such as that of a score on m_jj.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist, pdist

from ..datasets.table import Floats
from .error import MetricError


def emd(x: ArrayLike, y: ArrayLike, power: int = 1) -> float:
    """Return the Earth mover's distance of two batches of equal size, (n, d) or (n,), exactly.

    It is the least mean of |x - y|^power over all pairings: W1 for ``power`` 1, the square of W2 for 2. Cost grows as n^3:
    batches of 512 to 2048 are meant. ``MetricError`` for batches of different sizes.
    """
    a, b = _points(x), _points(y)
    if len(a) != len(b):
        raise MetricError(
            f"batches of {len(a)} and {len(b)} events; the exact distance needs equal sizes: cut one, or use "
            "sliced_emd"
        )
    if a.shape[1] == 1:
        return float(np.mean(np.abs(np.sort(a[:, 0]) - np.sort(b[:, 0])) ** power))
    cost = cdist(a, b) ** power
    return float(cost[linear_sum_assignment(cost)].mean())


def sliced_emd(x: ArrayLike, y: ArrayLike, power: int = 1, *, slices: int = 64, seed: int = 0) -> float:
    """Return the mean Earth mover's distance of samples (n, d) and (m, d) projected on random directions.

    In one dimension it is exact, and n and m may differ (doi:10.1007/s10851-014-0506-3). In d dimensions it is below `emd`.
    """
    a, b = _points(x), _points(y)
    if a.shape[1] == 1:
        return _emd_1d(a[:, 0], b[:, 0], power)
    directions = np.random.default_rng(seed).normal(size=(slices, a.shape[1]))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return float(np.mean([_emd_1d(a @ direction, b @ direction, power) for direction in directions]))


def mmd(x: ArrayLike, y: ArrayLike, bandwidth: float | None = None) -> float:
    """Return the square of the maximum mean discrepancy of samples (n, d) and (m, d), without bias.

    The kernel is exp(-|x - y|^2 / (2 h^2)) with ``bandwidth`` h, by default the median distance of all events of
    both (arXiv:0805.2368). It fluctuates around 0, and below, for samples of one distribution.
    """
    a, b = _points(x), _points(y)
    if min(len(a), len(b)) < 2:
        raise MetricError(f"samples of {len(a)} and {len(b)} events; at least 2 are needed of each")
    width = float(np.median(pdist(np.concatenate([a, b])))) if bandwidth is None else bandwidth
    if not width > 0:
        raise MetricError(
            f"the bandwidth is {width}; it must be positive: give one when most events are equal"
        )
    within = [np.mean(np.exp(-(pdist(part) ** 2) / (2 * width**2))) for part in (a, b)]
    between = np.mean(np.exp(-cdist(a, b, "sqeuclidean") / (2 * width**2)))
    return float(sum(within) - 2 * between)


def jensen_shannon(first: ArrayLike, second: ArrayLike) -> float:
    """Return the Jensen-Shannon divergence of two histograms (n,) of the same bins, in bits, from 0 to 1.

    Contents are normalised. Two histograms of n bins and N events each, of one distribution, have
    about (n - 1) / (4 N ln 2) on average.

    >>> jensen_shannon([1, 1, 0, 0], [0, 0, 1, 1]), jensen_shannon([1, 2, 3], [2, 4, 6])
    (1.0, 0.0)
    """
    p, q = (np.asarray(h, dtype=np.float64) for h in (first, second))
    if p.shape != q.shape or not (p.sum() > 0 and q.sum() > 0):
        raise MetricError(
            f"histograms of {p.size} and {q.size} bins with {p.sum():g} and {q.sum():g} entries; they need the same "
            "bins and at least one entry each"
        )
    p, q = p / p.sum(), q / q.sum()
    mean = (p + q) / 2
    return (_relative_entropy(p, mean) + _relative_entropy(q, mean)) / 2


def distance_correlation(x: ArrayLike, y: ArrayLike) -> float:
    """Return the distance correlation of two quantities (n,): 0 when independent, 1 when linear in each other.

    As defined in arXiv:0803.4101 from Euclidean distances, in n log^2 n steps. Of n independent
    events it is of the order of sqrt(1 / n), not 0. When one quantity is constant it is 0.
    """
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1 or len(a) < 2:
        raise MetricError(
            f"arrays of shapes {a.shape} and {b.shape}; give two of one shape (n,), n at least 2"
        )
    variances = distance_covariance(a, a) * distance_covariance(b, b)
    if not variances > 0:
        return 0.0
    return float(np.sqrt(max(distance_covariance(a, b), 0.0) / np.sqrt(variances)))


def distance_covariance(x: Floats, y: Floats) -> float:
    """Return the square of the distance covariance of two quantities (n,) (arXiv:0803.4101)."""
    n = len(x)
    x, y = x - x.mean(), y - y.mean()
    rows_x, rows_y = _distance_sums(x), _distance_sums(y)
    products = _product_sum(x, y) / n**2
    means = float(rows_x.sum() * rows_y.sum()) / n**4
    return products - 2 * float(rows_x @ rows_y) / n**3 + means


def _points(x: ArrayLike) -> Floats:
    values = np.asarray(x, dtype=np.float64)
    points = values[:, None] if values.ndim == 1 else values
    if points.ndim != 2 or not points.size:
        raise MetricError(
            f"a sample of shape {values.shape}; allowed: (n, d) or (n,), with at least one event"
        )
    return points


def _emd_1d(x: Floats, y: Floats, power: int) -> float:
    """Integrate |difference of quantiles|^power over both samples' steps."""
    levels = np.union1d(np.arange(1, len(x) + 1) / len(x), np.arange(1, len(y) + 1) / len(y))
    widths = np.diff(levels, prepend=0.0)
    middle = levels - widths / 2
    quantiles = [np.sort(v)[np.minimum((middle * len(v)).astype(int), len(v) - 1)] for v in (x, y)]
    return float(widths @ np.abs(quantiles[0] - quantiles[1]) ** power)


def _relative_entropy(p: Floats, q: Floats) -> float:
    filled = p > 0
    return float(np.sum(p[filled] * np.log2(p[filled] / q[filled])))


def _distance_sums(x: Floats) -> Floats:
    """Sum |x_i - x_j| over j, for each i."""
    order = np.argsort(x, kind="stable")
    ordered = x[order]
    below = np.arange(len(x))
    sums = (2 * below - len(x)) * ordered + ordered.sum() - 2 * (np.cumsum(ordered) - ordered)
    result = np.empty(len(x))
    result[order] = sums
    return result


def _product_sum(x: Floats, y: Floats) -> float:
    """Sum |x_i - x_j| |y_i - y_j| over all pairs.

    With i after j in x, |y_i - y_j| is 2 max(y_i - y_j, 0) - (y_i - y_j): the first part needs, for each i, sums over
    the events before it in x and below it in y, which come from merging ever larger blocks
    (arXiv:1810.11332).
    """
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    terms = np.stack([np.ones(len(x)), x, y, x * y])
    before = np.cumsum(terms, axis=1) - terms
    both = _before_and_below(y, terms)
    count, sum_x, sum_y, sum_xy = 2 * both - before
    return float(2 * np.sum(x * y * count - y * sum_x - x * sum_y + sum_xy))


def _before_and_below(y: Floats, terms: Floats) -> Floats:
    """Sum ``terms`` (K, n) over the events that come before and are not above in ``y`` (n,), for each event."""
    n = len(y)
    rank = np.empty(n, dtype=np.int64)
    rank[np.argsort(y, kind="stable")] = np.arange(n)
    position, sums, width = np.arange(n), np.zeros_like(terms), 1
    while width < n:
        order = np.argsort((position // (2 * width)) * n + rank)
        first = (order // width) % 2 == 0
        running = np.cumsum(np.where(first, terms[:, order], 0.0), axis=1)
        start = (order // (2 * width)) * 2 * width
        offset = np.where(start > 0, running[:, start - 1], 0.0)
        sums[:, order[~first]] += (running - offset)[:, ~first]
        width *= 2
    return sums
