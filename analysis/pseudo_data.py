"""Background-only pseudo-experiments: masses from a smooth function, features from simulated events of about the same mass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import bumphunt as bh
from ..datasets.table import FeatureTable
from .hidden import StudyError

BIN_WIDTH = 5.0
FEWEST_PER_EVENT = 2
"""A pool has at least so many events for each of a pseudo-experiment of mean size."""
FLUCTUATION = 5
"""Standard deviations by which a pseudo-experiment may be larger than the mean."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Smooth:
    """A spectrum without bumps: ``expected`` events in bins with ``edges`` in GeV."""

    edges: Floats
    expected: Floats

    @classmethod
    def fit(cls, mjj: Floats, edges: Floats, background: bh.Family | bh.Rule) -> Smooth:
        """Fit a background function to masses (n,) in GeV inside the ``edges``, and evaluate it in fine bins."""
        fine = bh.subdivided(edges, BIN_WIDTH)
        result = bh.fit(bh.Spectrum.from_values(mjj, fine), background)
        return cls(fine, np.asarray(result.expected, dtype=np.float64))

    def draw(self, number: int, rng: np.random.Generator) -> Floats:
        """Draw masses (n,) in GeV; their number follows a Poisson distribution with the mean ``number``."""
        bins = rng.choice(len(self.expected), rng.poisson(number), p=self.expected / self.expected.sum())
        return np.sort(rng.uniform(self.edges[bins], self.edges[bins + 1]))


def nearest(sorted_values: Floats, wanted: Floats) -> NDArray[np.int64]:
    """Return for each of ``wanted`` (n,) the index of the nearest of rising values (m,).

    >>> nearest(np.array([1.0, 2.0, 4.0]), np.array([0.0, 2.9, 3.1, 9.0]))
    array([0, 1, 2, 2])
    """
    right = np.clip(np.searchsorted(sorted_values, wanted), 1, len(sorted_values) - 1)
    left = right - 1
    return np.where(wanted - sorted_values[left] <= sorted_values[right] - wanted, left, right)


def spread_out(mjj: Floats, spread: float, low: float, high: float, rng: np.random.Generator) -> Floats:
    """Move masses (n,) in GeV by ``spread`` relative to them, those that would leave [low, high] the other way."""
    factor = np.exp(spread * rng.normal(size=len(mjj)))
    moved = mjj * factor
    return np.where((low <= moved) & (moved <= high), moved, mjj / factor)


def imagine(pool: FeatureTable, mjj: Floats, spread: float, rng: np.random.Generator) -> FeatureTable:
    """Give events of the pool to masses (n,) in GeV: all but the mass is that of an event of about this mass.

    It is the nearest to a mass ``spread`` away, relative and on average, so that what the pool has by chance too much or
    too little of at some mass makes no narrow bump, the same in all pseudo-experiments. The identity is that of the
    event too: one that is used twice is in one fold. ``StudyError`` for a pool that is too small.
    """
    order = np.argsort(pool["mjj"], kind="stable")
    known = np.asarray(pool["mjj"], dtype=np.float64)[order]
    low, high = mjj.min(initial=np.inf), mjj.max(initial=0.0)
    in_range = np.count_nonzero((known >= low) & (known <= high))
    if in_range < FEWEST_PER_EVENT * (len(mjj) - FLUCTUATION * np.sqrt(len(mjj))):
        raise StudyError(
            f"a pool of {in_range} events from {low:.0f} to {high:.0f} GeV for pseudo-experiments of {len(mjj)}; it must have "
            f"at least {FEWEST_PER_EVENT} times as many: give more events or ask for smaller pseudo-experiments"
        )
    parents = order[nearest(known, spread_out(mjj, spread, known[0], known[-1], rng))]
    return pool.where(parents).with_columns(mjj=mjj)
