"""What repeated searches say about a method: thresholds in signal strength, stability, calibration, cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ..datasets.atomic import read_json
from ..datasets.error import DataError
from ..taggers.store import METADATA

Floats = NDArray[np.float64]
LEARNED = 2.0
"""SIC from which on a method has learned something."""
FAILED = 1.5
"""Largest SIC below which a training counts as failed."""


def crossing(strength: ArrayLike, value: ArrayLike, level: float) -> float | None:
    """Return the strength from which on ``value`` (n,) stays at or above ``level``, by linear interpolation.

    ``strength`` (n,) is increasing. None when the last value is below; the first strength when all are above. Values
    that are not finite do not count.

    >>> crossing([0, 100, 200], [0.0, 2.0, 4.0], 3.0)
    150.0
    """
    x, y = np.asarray(strength, dtype=np.float64), np.asarray(value, dtype=np.float64)
    if not (x.shape == y.shape and x.ndim == 1 and len(x) and (np.diff(x) > 0).all()):
        raise DataError(
            f"strengths {x.tolist()} with {y.size} values; give increasing strengths, one value each"
        )
    x, y = x[np.isfinite(y)], y[np.isfinite(y)]
    if not (len(y) and y[-1] >= level):
        return None
    below = np.flatnonzero(y < level)
    if not len(below):
        return float(x[0])
    i = below[-1]
    return float(x[i] + (level - y[i]) / (y[i + 1] - y[i]) * (x[i + 1] - x[i]))


def detection_threshold(strength: ArrayLike, z: ArrayLike, level: float) -> float | None:
    """Return the injected strength at which the median Z over realisations crosses ``level``, 3 or 5 for example.

    ``strength`` (n,), ``z`` (n, realisations).
    """
    return crossing(strength, np.median(np.asarray(z, dtype=np.float64), axis=1), level)


def learning_threshold(strength: ArrayLike, sic: ArrayLike) -> float | None:
    """Return the injected strength from which on the median SIC over realisations is at least 2.

    ``strength`` (n,), ``sic`` (n, realisations), at a cut that does not depend on the realisation.
    """
    return crossing(strength, np.median(np.asarray(sic, dtype=np.float64), axis=1), LEARNED)


@dataclass(frozen=True)
class Stability:
    """How a number scatters over seeds or injections, and how often a training fails."""

    mean: float
    deviation: float
    failures: float


def stability(sic: ArrayLike) -> Stability:
    """Return mean, standard deviation and failure rate (below 1.5) of the max SIC of at least five trainings (n,)."""
    values = np.asarray(sic, dtype=np.float64)
    if len(values) < 5:
        raise DataError(f"the scatter of {len(values)} trainings; at least 5 are needed to state one")
    return Stability(float(values.mean()), float(values.std(ddof=1)), float(np.mean(values < FAILED)))


def uniformity(p_values: ArrayLike) -> float:
    """Return the p-value of a Kolmogorov-Smirnov test that ``p_values`` (n,) without signal are uniform.

    One-sided p-values that stop at 0.5 cannot be uniform: use those of signed significances.
    """
    return float(stats.kstest(np.asarray(p_values, dtype=np.float64), "uniform").pvalue)


def training_seconds(models: Iterable[Path]) -> float:
    """Return the wall time in seconds of the trainings saved in folders ``models``; ``DataError`` if one is not known."""
    seconds = {folder: read_json(folder / METADATA)["training"]["seconds"] for folder in models}
    for folder, found in seconds.items():
        if found is None:
            raise DataError(
                f"{folder} does not say how long its training took; save it with Training.seconds"
            )
    return float(sum(seconds.values()))
