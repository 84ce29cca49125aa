"""The compiled minimiser, for many rows of a log-linear background, where numba is installed."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from .array import FloatArray
from .likelihood import Likelihood
from .whitened import Whitened

MANY = 16  # rows from which on the kernel is worth a second to load, the first time on a machine half a minute to compile


@cache
def kernel() -> Any:
    """Return the module of compiled functions, or None without numba; the first fit with it takes some seconds."""
    try:
        from . import kernel  # noqa: PLC0415  numba is optional and slow to load
    except ImportError:
        return None
    return kernel


def fit_rows(
    likelihood: Likelihood, point: FloatArray, goals: tuple[float, float], max_steps: int, longest: float
) -> tuple[Any, ...] | None:
    """Minimise all rows from where they stand.

    Arguments:
        likelihood: the rows to fit.
        point: start, shape (n_rows, n_parameters); the minima are written into it.
        goals: largest estimated distance to the minimum, and largest gradient.
        max_steps: most steps of a row, halved ones counted.
        longest: step in standard deviations.

    Returns:
        Negative log likelihoods, expected events, estimated distances, steps, and whether a row converged; None if the
        kernel cannot do it, or for so few rows that it is not worth loading.

    """
    n_rows, n_bins = likelihood.counts.shape
    basis = likelihood.background
    if n_rows < MANY or not isinstance(basis, Whitened):
        return None
    engine = kernel()
    if engine is None:
        return None
    nll, expected, edm = np.empty(n_rows), np.empty((n_rows, n_bins)), np.empty(n_rows)
    steps, converged = np.zeros(n_rows, dtype=np.int64), np.zeros(n_rows, dtype=np.bool_)
    problem = engine.Problem(
        np.ascontiguousarray(likelihood.counts),
        np.ascontiguousarray(basis.design),
        np.ascontiguousarray(basis.at_reference),
        *_signal(likelihood),
        *_nuisances(likelihood),
    )
    found = engine.Found(point, nll, expected, edm, steps, converged)
    engine.fit_rows(problem, found, *goals, max_steps, longest)
    converged &= np.isfinite(nll) & np.isfinite(edm) & np.isfinite(point).all(-1)
    return nll, expected, edm, steps, converged


def _signal(likelihood: Likelihood) -> tuple[Any, ...]:
    n_rows, n_bins = likelihood.counts.shape
    template, free = likelihood.template, likelihood.free
    shape = np.empty((0, n_bins)) if template is None else np.ascontiguousarray(template, dtype=float)
    strength = np.zeros(n_rows) if likelihood.strength is None else np.array(likelihood.strength, dtype=float)
    lowest = (
        np.full(n_rows, -1e100) if likelihood.lowest is None else np.array(likelihood.lowest, dtype=float)
    )
    return shape, strength, free, lowest, np.broadcast_to(likelihood.unit, (n_rows,)).copy()


def _nuisances(likelihood: Likelihood) -> tuple[FloatArray, ...]:
    n_rows, n_bins = likelihood.counts.shape
    found = likelihood.variations if likelihood.n_nuisances else None
    if found is None:
        return np.empty(0), np.empty((0, n_bins)), np.empty((0, n_bins)), np.empty((n_rows, 0))
    centres = np.zeros((n_rows, len(found))) if likelihood.centres is None else likelihood.centres
    arrays = (found.log_kappa, found.linear, found.quadratic, centres)
    return tuple(np.ascontiguousarray(array, dtype=float) for array in arrays)
