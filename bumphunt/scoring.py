"""Damped Fisher scoring: the minimiser of all rows of a likelihood at once.

Every row takes its own Newton step with the expected information, at most six standard deviations long and
halved until the likelihood does not get worse; rows that need many steps, as small spectra with a signal do, go on
with the observed information. A row has converged when its estimated distance to the minimum
and its gradient are below the tolerances at the point it stands on; others are flagged, never dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from .array import BoolArray, FloatArray, IntArray
from .likelihood import Likelihood, Value

EDM = 1e-8
GRADIENT = 1e-3
LONGEST_STEP = 6.0
STRAGGLING = 15
RIDGE = 1e-9
CHUNK = 80_000


@dataclass(frozen=True, eq=False)
class Minimum:
    """The minima of all rows.

    Arguments:
        point: whitened coordinates (and signal strength in its unit), shape (n_rows, n_parameters).
        strength: number of signal events, shape (n_rows,).
        nll: negative log likelihood from the saturated model, shape (n_rows,).
        expected: expected events in each bin, shape (n_rows, n_bins).
        edm: estimated distance of the likelihood to its minimum, shape (n_rows,).
        steps: number of steps taken, shape (n_rows,).
        converged: whether the row passed both tests, shape (n_rows,).

    """

    point: FloatArray
    strength: FloatArray
    nll: FloatArray
    expected: FloatArray
    edm: FloatArray
    steps: IntArray
    converged: BoolArray

    def rows(self, index: Any) -> Minimum:
        """Keep some rows."""
        return Minimum(*(getattr(self, field.name)[index] for field in fields(self)))

    @classmethod
    def empty(cls, likelihood: Likelihood) -> Minimum:
        """Make room for the minima of a likelihood."""
        n_rows, n_bins = likelihood.counts.shape
        return cls(
            np.zeros((n_rows, likelihood.n_parameters)),
            np.zeros(n_rows),
            np.full(n_rows, np.inf),
            np.zeros((n_rows, n_bins)),
            np.full(n_rows, np.inf),
            np.zeros(n_rows, dtype=np.int64),
            np.zeros(n_rows, dtype=bool),
        )


def minimise(likelihood: Likelihood, start: FloatArray | None = None, max_steps: int = 200) -> Minimum:
    """Minimise the negative log likelihood of every row.

    Arguments:
        likelihood: the rows to fit.
        start: whitened background coordinates to start from, shape (n_rows, n_background); None is the reference.
        max_steps: after this many steps a row is left as not converged.

    Returns:
        The minima, in the order of the rows.

    """
    result = Minimum.empty(likelihood)
    if start is not None:
        result.point[:, : start.shape[1]] = start
    for chunk in _chunks(likelihood):
        _minimise_chunk(likelihood.rows(chunk), result.rows(chunk), max_steps)
    return result


def _chunks(likelihood: Likelihood) -> Iterator[slice]:
    n_rows = len(likelihood.counts)
    size = max(1, CHUNK // likelihood.background.base.size)
    return (slice(first, first + size) for first in range(0, n_rows, size))


def _minimise_chunk(likelihood: Likelihood, result: Minimum, max_steps: int) -> None:
    active = np.arange(len(result.nll))
    point = result.point.copy()
    value = likelihood.evaluate(point)
    for step_number in range(max_steps + 1):
        step, edm, gradient = _step(likelihood, value, point, step_number >= STRAGGLING)
        done = (edm < EDM) & (gradient < GRADIENT)
        leave = np.ones_like(done) if step_number == max_steps else done
        if leave.any():
            _store(result, active[leave], likelihood.rows(leave), point[leave], value.rows(leave))
            result.edm[active[leave]], result.steps[active[leave]] = edm[leave], step_number
            result.converged[active[leave]] = done[leave]
            stay = ~leave
            active, point, value, step = active[stay], point[stay], value.rows(stay), step[stay]
            likelihood = likelihood.rows(stay)
        if not len(active):
            return
        point, value = _descend(likelihood, point, value, step)


def _step(
    likelihood: Likelihood, value: Value, point: FloatArray, straggling: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    gradient, curvature = likelihood.gradient(value), likelihood.curvature(value, observed=straggling)
    if likelihood.free and likelihood.lowest is not None:
        held = (point[:, -1] <= likelihood.lowest / likelihood.unit) & (gradient[:, -1] > 0)
        gradient[held, -1] = 0
        curvature[held, -1, :-1] = curvature[held, :-1, -1] = 0
    broken = ~np.isfinite(curvature).all((1, 2))
    gradient[broken], curvature[broken] = 0, np.eye(curvature.shape[1])
    if straggling:
        curvature = _positive(curvature)
    diagonal = np.arange(curvature.shape[1])
    curvature[:, diagonal, diagonal] += RIDGE
    step = np.asarray(-np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0], dtype=float)
    edm = np.where(broken, np.inf, -0.5 * (gradient * step).sum(-1))
    length = np.sqrt(np.maximum(2 * edm, 0))
    step *= np.minimum(1, LONGEST_STEP / np.maximum(length, 1e-300))[:, None]
    return step, edm, np.abs(gradient).max(-1)


def _positive(matrix: FloatArray) -> FloatArray:
    """Return matrices with the absolute values of the eigenvalues, so that a Newton step goes downhill."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.abs(values)[:, None, :]) @ vectors.transpose(0, 2, 1), dtype=float)


def _descend(
    likelihood: Likelihood, point: FloatArray, value: Value, step: FloatArray
) -> tuple[FloatArray, Value]:
    trial = _inside(likelihood, point + step)
    tried = likelihood.evaluate(trial)
    slack = 1e-10 + 1e-15 * likelihood.counts.sum(-1)
    factor = 1.0
    for _ in range(50):
        worse = np.flatnonzero(~(tried.nll <= value.nll + slack))
        if not len(worse):
            return trial, tried
        factor /= 2
        some = likelihood.rows(worse)
        trial[worse] = _inside(some, point[worse] + factor * step[worse])
        tried.put(worse, some.evaluate(trial[worse]))
    trial[worse] = point[worse]
    tried.put(worse, value.rows(worse))
    return trial, tried


def _inside(likelihood: Likelihood, point: FloatArray) -> FloatArray:
    if likelihood.free and likelihood.lowest is not None:
        point[:, -1] = np.maximum(point[:, -1], likelihood.lowest / likelihood.unit)
    return point


def _store(result: Minimum, rows: IntArray, likelihood: Likelihood, point: FloatArray, value: Value) -> None:
    result.point[rows] = point
    result.strength[rows] = likelihood.strengths(point)
    result.nll[rows], result.expected[rows] = value.nll, value.expected
