"""Toy experiments: spectra drawn from the fitted background, and the global p-value of a scan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import beta

from .array import FloatArray
from .family import Family
from .fitrange import EVERYTHING, FitRange
from .ftest import Rule
from .result import GlobalP, ScanResult
from .scan import Group, Window, prepared
from .signal import Signal

BLOCK = 500
EXACT = 1e-9


def global_p(
    observed: ScanResult,
    groups: Sequence[Group],
    background: Family | Rule,
    signal: Signal,
    *,
    n_toys: int,
    seed: int,
    fit_range: FitRange = EVERYTHING,
    shares: Sequence[float] = (1.0,),
) -> GlobalP:
    """Correct the largest excess of a scan for having looked at all masses and windows.

    Every toy draws all spectra from their fitted backgrounds, refits the backgrounds (and chooses the function
    again) and takes the largest excess over all masses. The spectra of different windows are drawn independently,
    although in data they are selected from the same events and overlap; the p-value is then slightly too large.

    Arguments:
        observed: what `scan` returned for the same groups.
        groups: as in `scan`.
        background: as in `scan`.
        signal: as in `scan`.
        n_toys: number of toys.
        seed: the result depends on it and on nothing else that is random.
        fit_range: as in `scan`.
        shares: as in `scan`.

    Returns:
        The global p-value with its binomial interval.

    """
    windows = prepared(groups, background, signal, fit_range, shares)
    largest = observed.largest.r
    n_larger = n_failed = 0
    for block in toy_roots(windows, n_toys, seed):
        failed = np.isnan(block)
        n_failed += int(failed.sum())
        n_larger += int((failed | (np.nan_to_num(block) >= max(largest, 0.0) - EXACT)).sum())
    low, high = binomial_interval(n_larger, n_toys)
    return GlobalP(n_larger / n_toys, low, high, largest, n_toys, n_larger, n_failed, seed)


def toy_roots(windows: Sequence[Window], n_toys: int, seed: int) -> Iterator[FloatArray]:
    """Yield the largest excess of each toy in blocks, zero without any and NaN where a fit failed.

    Arguments:
        windows: the fitted windows.
        n_toys: number of toys.
        seed: of the toys; block b of window w draws from SeedSequence(seed, spawn_key=(w, b)).

    """
    if n_toys < 1:
        msg = f"n_toys is {n_toys}; at least one toy is needed"
        raise ValueError(msg)
    for block, first in enumerate(range(0, n_toys, BLOCK)):
        size = min(BLOCK, n_toys - first)
        roots = [_largest(window, block, size, seed) for window in windows]
        yield np.max(np.stack(roots), axis=0)


def _largest(window: Window, block: int, size: int, seed: int) -> FloatArray:
    counts = poisson(window.truth, BLOCK, seed, (window.index, block))[:size]
    r, valid = window.excesses(counts)
    return np.where(valid.all(-1), r.max(-1), np.nan)


def poisson(expected: FloatArray, n_toys: int, seed: int, spawn_key: tuple[int, ...] = ()) -> FloatArray:
    """Draw counts, shape (n_toys, n_bins).

    Arguments:
        expected: expected events in each bin, shape (n_bins,).
        n_toys: number of toys.
        seed: of the random numbers.
        spawn_key: which of the independent streams of this seed.

    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=spawn_key))
    return rng.poisson(expected, (n_toys, len(expected))).astype(float)


def binomial_interval(n_passed: int, n_all: int, level: float = 0.6827) -> tuple[float, float]:
    """Return the central Clopper-Pearson interval of a share.

    >>> low, high = binomial_interval(0, 100)
    >>> low, round(high, 4)
    (0.0, 0.0182)
    """
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, n_passed, n_all - n_passed + 1)) if n_passed > 0 else 0.0
    high = float(beta.ppf(1 - tail, n_passed + 1, n_all - n_passed)) if n_passed < n_all else 1.0
    return low, high
