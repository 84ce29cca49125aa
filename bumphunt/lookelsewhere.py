"""The global p-value extrapolated from low thresholds, by Gross and Vitells (arXiv:1005.1891, arXiv:1105.4355).

The mean Euler characteristic of what exceeds a root z is the chance of an excess above z anywhere, when z is large.
For a scan in mass it is the number of separate excesses, P(Z > z) + N exp(-z^2 / 2) (arXiv:1005.1891); for one in mass and
shape P(Z > z) + (N1 + N2 z) exp(-z^2 / 2) (arXiv:1105.4355). The N come from few toys at one or two low levels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import ndtr

from .array import BoolArray, FloatArray
from .family import Family
from .fitrange import EVERYTHING, FitRange
from .ftest import Rule
from .nuisance import Nuisance
from .scanresult import GrossVitells, ScanResult
from .signal import SignalError
from .toys import blocks, signed_roots
from .window import Group, Shares, Signals, Window, check_scan, prepared

LEVELS = {1: (0.5,), 2: (1.0, 2.0)}


def gross_vitells(
    observed: ScanResult,
    groups: Sequence[Group],
    background: Family | Rule,
    signal: Signals,
    *,
    n_toys: int = 200,
    seed: int,
    level: float | tuple[float, float] | None = None,
    fit_range: FitRange = EVERYTHING,
    shares: Shares = (1.0,),
    nuisances: Sequence[Nuisance] = (),
) -> GrossVitells:
    """Extrapolate the global p-value of the largest excess of a scan from few toys.

    Arguments:
        observed: what `scan` returned for the same groups.
        groups: as in `scan`; what several groups exceed is added up.
        background: as in `scan`.
        signal: as in `scan`; several shapes by name in the order of their widths make the scan two-dimensional.
        n_toys: number of toys, the first of those of `global_p` with the same seed.
        seed: the result depends on it and on nothing else that is random.
        level: root that the excesses are counted above, 0.5; a pair for a two-dimensional scan, 1 and 2.
        fit_range: as in `scan`.
        shares: as in `scan`.
        nuisances: as in `scan`.

    Raises:
        ScanError: if the scan is of other groups.
        SignalError: if the levels do not fit the scan.

    """
    dimensions = 2 if isinstance(signal, Mapping) and len(signal) > 1 else 1
    levels = _levels(level, dimensions)
    windows = prepared(groups, background, signal, fit_range, shares, nuisances)
    check_scan(observed, windows)
    found = [signed_roots(windows, block, seed, size, excesses_only=True) for block, size in blocks(n_toys)]
    r = np.nan_to_num(np.concatenate(found))
    n_signals = len(signal) if isinstance(signal, Mapping) else 1
    counted = np.stack([_characteristic(windows, r > one, n_signals) for one in levels], axis=1)
    n_groups = len({window.index for window in windows})
    z = max(observed.largest.r, 0.0)
    weights = _weights(z, levels)
    mean = counted.mean(0)
    p = n_groups * ndtr(-z) + weights @ (mean - n_groups * ndtr(-np.array(levels)))
    error = float((counted @ weights).std(ddof=min(1, n_toys - 1)) / np.sqrt(n_toys))
    return GrossVitells(
        p=float(np.clip(p, 0, 1)) if observed.largest.r > 0 else 1.0,
        error=error,
        r=observed.largest.r,
        levels=levels,
        characteristics=tuple(mean.tolist()),
        n_groups=n_groups,
        n_toys=n_toys,
        seed=seed,
    )


def extrapolated(found: GrossVitells, z: FloatArray) -> FloatArray:
    """Return the global p-value of other roots z from the same counts, at most 1, shape (...)."""
    excess = np.array(found.characteristics) - found.n_groups * ndtr(-np.array(found.levels))
    p = found.n_groups * ndtr(-z) + _weights(z, found.levels) @ excess
    return np.asarray(np.clip(p, 0, 1), dtype=float)


def euler_characteristic(above: BoolArray) -> FloatArray:
    """Return vertices - edges + faces of the points of a grid that exceed a level.

    Arguments:
        above: shape (n_rows, n_masses, n_signals).

    Returns:
        Number of separate regions less the holes in them, shape (n_rows,).

    >>> ring = np.array([[1, 1, 1, 0], [1, 0, 1, 0], [1, 1, 1, 0], [0, 0, 0, 1]], dtype=bool)
    >>> float(euler_characteristic(ring[None])[0])
    1.0

    """
    by_mass, by_signal = above[:, 1:] & above[:, :-1], above[:, :, 1:] & above[:, :, :-1]
    faces = by_mass[:, :, 1:] & by_mass[:, :, :-1]
    counted = [part.sum((1, 2)) for part in (above, by_mass, by_signal, faces)]
    return np.asarray(counted[0] - counted[1] - counted[2] + counted[3], dtype=float)


def _characteristic(windows: Sequence[Window], above: BoolArray, n_signals: int) -> FloatArray:
    """Return the Euler characteristic of each row, summed over groups."""
    groups = np.concatenate([np.full(len(window.masses), window.index) for window in windows])
    masses = np.concatenate([window.masses for window in windows])
    total = np.zeros(len(above))
    for group in np.unique(groups):
        columns = np.flatnonzero(groups == group)
        columns = columns[np.argsort(masses[columns], kind="stable")]
        total += euler_characteristic(above[:, columns].reshape(len(above), -1, n_signals))
    return total


def _levels(level: float | tuple[float, float] | None, dimensions: int) -> tuple[float, ...]:
    levels = LEVELS[dimensions] if level is None else tuple(np.atleast_1d(level).tolist())
    if len(set(levels)) != dimensions or not min(levels) > 0:
        msg = (
            f"level {level} for a scan in {'mass' if dimensions == 1 else 'mass and signal shape'}; "
            f"give {dimensions} different positive roots, or none for {LEVELS[dimensions]}"
        )
        raise SignalError(msg)
    return levels


def _weights(z: float | FloatArray, levels: Sequence[float]) -> FloatArray:
    """Return how much each level's excess over P(Z > level) counts at z, shape (..., n_levels)."""
    powers = np.arange(len(levels))
    at, known = np.asarray(z, dtype=float)[..., None], np.array(levels)[:, None]
    density = known**powers * np.exp(-(known**2) / 2)
    return np.asarray((at**powers * np.exp(-(at**2) / 2)) @ np.linalg.inv(density), dtype=float)
