"""Toy experiments: spectra drawn from the fitted background, and the p-values of a scan that they give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from scipy.stats import beta

from .array import FloatArray
from .family import Family
from .fitrange import EVERYTHING, FitRange
from .ftest import Rule
from .nuisance import Nuisance
from .scanresult import GlobalP, ScanPoint, ScanResult, ToyP
from .window import Group, Shares, Signals, Window, check_scan, prepared

BLOCK = 500
EXACT = 1e-9


def global_p(
    observed: ScanResult,
    groups: Sequence[Group],
    background: Family | Rule,
    signal: Signals,
    *,
    n_toys: int,
    seed: int,
    fit_range: FitRange = EVERYTHING,
    shares: Shares = (1.0,),
    nuisances: Sequence[Nuisance] = (),
) -> GlobalP:
    """Correct the largest excess of a scan for having looked at all masses, signal shapes and windows.

    Every toy draws all spectra from their fitted backgrounds, refits the backgrounds (and chooses the function
    again) and takes the largest excess over all masses. Groups with the same spectra share them in toys too. Different
    spectra are drawn independently, although in data those of windows are selected from the same events and
    overlap; the p-value is then slightly too large.

    Arguments:
        observed: what `scan` returned for the same groups.
        groups: as in `scan`.
        background: as in `scan`.
        signal: as in `scan`.
        n_toys: number of toys.
        seed: the result depends on it and on nothing else that is random.
        fit_range: as in `scan`.
        shares: as in `scan`.
        nuisances: as in `scan`; their auxiliary measurements are those of the data in all toys.

    Returns:
        The global p-value with its binomial interval.

    Raises:
        ScanError: if the scan is of other groups.

    """
    windows = prepared(groups, background, signal, fit_range, shares, nuisances)
    check_scan(observed, windows)
    return p_of_toys(observed.largest.r, np.concatenate(list(toy_roots(windows, n_toys, seed))), seed)


def p_of_toys(observed: float, largest: FloatArray, seed: int) -> GlobalP:
    """Return the global p-value of an excess among the largest of toys, NaN where a fit failed, shape (n_toys,)."""
    failed = np.isnan(largest)
    n_larger = int((failed | (np.nan_to_num(largest) >= max(observed, 0.0) - EXACT)).sum())
    low, high = binomial_interval(n_larger, len(largest))
    n_toys = len(largest)
    return GlobalP(n_larger / n_toys, low, high, observed, n_toys, n_larger, int(failed.sum()), seed)


def local_p(
    observed: ScanResult,
    groups: Sequence[Group],
    background: Family | Rule,
    signal: Signals,
    *,
    n_toys: int,
    seed: int,
    fit_range: FitRange = EVERYTHING,
    shares: Shares = (1.0,),
    nuisances: Sequence[Nuisance] = (),
) -> ScanResult:
    """Give every point of a scan its local p-value from toys, where the asymptotic one is not valid.

    The p-value is the share of background toys, refitted and with the function chosen again, whose signed root is at
    least that of the data. It is not capped: that of a deficit is above one half.

    Arguments:
        observed: what `scan` returned for the same groups; scan a single mass for the p-value of a single mass.
        groups: as in `scan`.
        background: as in `scan`.
        signal: as in `scan`.
        n_toys: number of toys; those of `global_p` with the same seed.
        seed: the result depends on it and on nothing else that is random.
        fit_range: as in `scan`.
        shares: as in `scan`.
        nuisances: as in `scan`.

    Returns:
        The scan, its points with `p_toys`.

    Raises:
        ScanError: if the scan is of other groups.

    """
    windows = prepared(groups, background, signal, fit_range, shares, nuisances)
    check_scan(observed, windows)
    points = {(point.group, point.mass, point.signal): point for point in observed.points}
    tested = [
        (window.index, *one) for window in windows for one in zip(window.masses, window.signals, strict=True)
    ]
    roots = np.array([points[one].r for one in tested])
    larger, failed = np.zeros(len(tested), dtype=np.int64), np.zeros(len(tested), dtype=np.int64)
    for block, size in blocks(n_toys):
        r = signed_roots(windows, block, seed, size)
        larger += (np.isnan(r) | (r >= roots - EXACT)).sum(0)
        failed += np.isnan(r).sum(0)
    counted = dict(zip(tested, zip(larger.tolist(), failed.tolist(), strict=True), strict=True))
    return replace(
        observed,
        points=tuple(
            replace(
                point,
                p_toys=_local(point, *counted[point.group, point.mass, point.signal], n_toys, seed),
            )
            for point in observed.points
        ),
    )


def _local(point: ScanPoint, n_larger: int, n_failed: int, n_toys: int, seed: int) -> ToyP:
    low, high = binomial_interval(n_larger, n_toys)
    return ToyP(n_larger / n_toys, low, high, point.r, n_toys, n_larger, n_failed, seed)


def toy_roots(windows: Sequence[Window], n_toys: int, seed: int) -> Iterator[FloatArray]:
    """Yield the largest excess of each toy in blocks, zero without any and NaN where a fit failed.

    Arguments:
        windows: the fitted windows.
        n_toys: number of toys.
        seed: of the toys; block b of the spectra of group w draws from SeedSequence(seed, spawn_key=(w, b)).

    """
    return (largest_of_block(windows, block, seed, size) for block, size in blocks(n_toys))


def largest_of_block(windows: Sequence[Window], block: int, seed: int, size: int = BLOCK) -> FloatArray:
    """Return the largest excess of each of the first toys of a block, as `toy_roots`, shape (size,)."""
    counts = drawn(windows, block, seed, size)
    return np.asarray(np.max([window.largest(counts[window.stream]) for window in windows], axis=0))


def signed_roots(
    windows: Sequence[Window], block: int, seed: int, size: int = BLOCK, excesses_only: bool = False
) -> FloatArray:
    """Return the roots of the first toys of a block at all masses and signals in the order of the windows.

    Arguments as in `toy_roots`; size is the number of toys, and deficits may be left at zero. NaN where a fit failed,
    shape (size, n_templates).
    """
    counts = drawn(windows, block, seed, size)
    found = []
    for window in windows:
        r, _, valid = window.roots(counts[window.stream], excesses_only)
        found.append(np.where(valid, r, np.nan))
    return np.concatenate(found, axis=1)


def drawn(windows: Sequence[Window], block: int, seed: int, size: int = BLOCK) -> dict[int, FloatArray]:
    """Draw the first toys of a block for every stream of windows, each of shape (size, n_bins)."""
    truths = {window.stream: window.truth for window in windows}
    return {key: poisson(truth, BLOCK, seed, (key, block))[:size] for key, truth in truths.items()}


def blocks(n_toys: int) -> list[tuple[int, int]]:
    """Return the blocks that hold so many toys, each with the number of toys to take from it."""
    if n_toys < 1:
        msg = f"n_toys is {n_toys}; at least one toy is needed"
        raise ValueError(msg)
    return [(block, min(BLOCK, n_toys - first)) for block, first in enumerate(range(0, n_toys, BLOCK))]


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
