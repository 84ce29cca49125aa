"""Goodness of fit with p-values from toys, in which the background is fitted and its function chosen again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from .array import BoolArray, FloatArray
from .family import Family
from .fitrange import EVERYTHING, Bounds, usable
from .ftest import Rule, rule
from .goodness import anderson_darling, deviance, kolmogorov_smirnov, pearson
from .result import Goodness
from .search import Null, Search
from .spectrum import Spectrum
from .toys import BLOCK, EXACT, poisson

STATISTICS: Mapping[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "saturated": deviance,
    "pearson": lambda observed, expected: pearson(observed, expected)[0],
    "kolmogorov_smirnov": kolmogorov_smirnov,
    "anderson_darling": anderson_darling,
}


def goodness_of_fit(
    spectrum: Spectrum,
    background: Family | Rule,
    *,
    n_toys: int,
    seed: int,
    fit_range: Bounds = EVERYTHING,
) -> Goodness:
    """Test how well a smooth background describes a spectrum.

    Toys are drawn from the fitted background; in each the background is fitted and its function chosen again. Four
    statistics are compared: the deviance (saturated model), Pearson's chi2 in bins merged to five expected events, and
    those of Kolmogorov and Smirnov and of Anderson and Darling on the bins.

    Arguments:
        spectrum: the spectrum.
        background: a family, or a rule that chooses one.
        n_toys: number of toys.
        seed: the result depends on it and on nothing else that is random.
        fit_range: low and high mass in GeV; None leaves a side open.

    Raises:
        FitRangeError: if the range holds no events or too few bins with events.
        ValueError: without toys.

    """
    if n_toys < 1:
        msg = f"n_toys is {n_toys}; at least one toy is needed"
        raise ValueError(msg)
    search = Search.on([usable(spectrum, fit_range)], rule(background))
    observed = statistics(search.counts, _fitted(search.null)[0])
    n_failed, n_worse = 0, dict.fromkeys(STATISTICS, 0)
    for block, first in enumerate(range(0, n_toys, BLOCK)):
        toys = poisson(search.expected, BLOCK, seed, (block,))[: n_toys - first]
        expected, converged = _fitted(search.refit(toys))
        n_failed += int((~converged).sum())
        for name, values in statistics(toys, expected).items():
            worse = values >= observed[name] * (1 - EXACT)
            n_worse[name] += int((worse | ~converged).sum())
    return Goodness(
        statistics={name: float(values[0]) for name, values in observed.items()},
        p_values={name: n / n_toys for name, n in n_worse.items()},
        n_toys=n_toys,
        n_failed=n_failed,
        seed=seed,
    )


def statistics(observed: FloatArray, expected: FloatArray) -> dict[str, FloatArray]:
    """Return the four statistics of each row, by name; arguments of shape (n_rows, n_bins)."""
    return {name: statistic(observed, expected) for name, statistic in STATISTICS.items()}


def _fitted(null: Null) -> tuple[FloatArray, BoolArray]:
    """Return the expected events of the chosen function of each row, and whether its fit converged."""
    rows = np.arange(len(null.choice))
    expected = np.stack([minimum.expected for minimum in null.minima])[null.choice, rows]
    converged = np.stack([minimum.converged for minimum in null.minima])[null.choice, rows]
    return expected, converged
