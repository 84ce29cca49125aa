"""Damped Fisher scoring: the minimiser of all rows of a likelihood at once.

Every row takes its own Newton step with the expected information, at most six standard deviations long and halved
until the likelihood does not get worse. A row has converged when its estimated distance to the minimum and its gradient
are below the tolerances at the point it stands on. Rows that need many steps, as small spectra with a signal do, go on
with Levenberg-Marquardt steps; what does not converge then is flagged, never dropped.

Many rows of a log-linear background are fitted by a compiled kernel if numba is installed; otherwise NumPy does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from .array import BoolArray, FloatArray, IntArray
from .compiled import fit_rows
from .likelihood import Likelihood, Value
from .marquardt import descend, inside, release

EDM = 1e-8
GRADIENT = 1e-3
LONGEST_STEP = 6.0
SCORING_STEPS = 20
RIDGE = 1e-9
CHUNK = 80_000


@dataclass(frozen=True, eq=False)
class Minimum:
    """The minima of all rows.

    Arguments:
        point: whitened coordinates, signal strength in its unit and nuisances, shape (n_rows, n_parameters).
        strength: number of signal events, shape (n_rows,).
        nuisances: shape (n_rows, n_nuisances).
        nll: negative log likelihood from the saturated model, shape (n_rows,).
        expected: expected events in each bin, shape (n_rows, n_bins).
        edm: estimated distance of the likelihood to its minimum, shape (n_rows,).
        steps: number of steps taken, shape (n_rows,).
        converged: whether the row passed both tests, shape (n_rows,).

    """

    point: FloatArray
    strength: FloatArray
    nuisances: FloatArray
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
            np.zeros((n_rows, likelihood.n_nuisances)),
            np.full(n_rows, np.inf),
            np.zeros((n_rows, n_bins)),
            np.full(n_rows, np.inf),
            np.zeros(n_rows, dtype=np.int64),
            np.zeros(n_rows, dtype=bool),
        )

    def put(self, rows: Any, likelihood: Likelihood, value: Value) -> None:
        """Write the state of some rows, given with their likelihood."""
        self.point[rows], self.nll[rows], self.expected[rows] = value.point, value.nll, value.expected
        self.strength[rows] = likelihood.strengths(value.point)
        self.nuisances[rows] = likelihood.nuisances(value.point)


def minimise(likelihood: Likelihood, start: FloatArray | None = None, max_steps: int = 200) -> Minimum:
    """Minimise the negative log likelihood of every row.

    Arguments:
        likelihood: the rows to fit.
        start: coordinates to start from, of the background or of all parameters, shape (n_rows, n_background) or more;
            None is the reference.
        max_steps: after this many steps, the first few of them by scoring, a row is left as not converged.

    Returns:
        The minima, in the order of the rows.

    """
    result = Minimum.empty(likelihood)
    if start is not None:
        result.point[:, : start.shape[1]] = start
    if likelihood.centres is not None and (start is None or start.shape[1] < result.point.shape[1]):
        result.point[:, result.point.shape[1] - likelihood.n_nuisances :] = likelihood.centres
    at = likelihood.background.n_parameters
    if likelihood.free and (start is None or start.shape[1] <= at):
        result.point[:, at] = likelihood.guess / likelihood.unit
    inside(likelihood, result.point)
    n_scoring = min(SCORING_STEPS, max_steps)
    if not _compiled(likelihood, result, n_scoring):
        for chunk in _chunks(likelihood, np.arange(len(result.nll))):
            _score(likelihood.rows(chunk), result, chunk, n_scoring)
    for chunk in _chunks(likelihood, np.flatnonzero(~result.converged)):
        some = likelihood.rows(chunk)
        value, edm, done = descend(some, result.point[chunk], (EDM, GRADIENT), max_steps - n_scoring)
        result.put(chunk, some, value)
        result.edm[chunk], result.converged[chunk] = edm, done
        result.steps[chunk] = max_steps
    return result


def _compiled(likelihood: Likelihood, result: Minimum, max_steps: int) -> bool:
    start = result.point.copy()
    found = fit_rows(likelihood, result.point, (EDM, GRADIENT), max_steps, LONGEST_STEP)
    if found is None:
        return False
    result.nll[:], result.expected[:], result.edm[:], result.steps[:], result.converged[:] = found
    result.strength[:] = likelihood.strengths(result.point)
    result.nuisances[:] = likelihood.nuisances(result.point)
    lost = ~np.isfinite(result.point).all(-1)
    result.point[lost] = start[lost]
    return True


def _chunks(likelihood: Likelihood, rows: IntArray) -> Iterator[IntArray]:
    n_nodes, n_bins = likelihood.background.shape
    size = max(1, CHUNK // (n_nodes * n_bins))
    return (rows[first : first + size] for first in range(0, len(rows), size))


def _score(likelihood: Likelihood, result: Minimum, active: IntArray, max_steps: int) -> None:
    """Score rows, which are the `active` ones of the result."""
    value = likelihood.evaluate(result.point[active])
    for step_number in range(max_steps + 1):
        step, edm, gradient = _step(likelihood, value)
        done = (edm < EDM) & (gradient < GRADIENT)
        leave = np.ones_like(done) if step_number == max_steps else done
        if leave.any():
            result.put(active[leave], likelihood.rows(leave), value.rows(leave))
            result.edm[active[leave]], result.steps[active[leave]] = edm[leave], step_number
            result.converged[active[leave]] = done[leave]
            stay = ~leave
            active, value, step, likelihood = (
                active[stay],
                value.rows(stay),
                step[stay],
                likelihood.rows(stay),
            )
        if not len(active):
            return
        value = _descend(likelihood, value, step)


def _step(likelihood: Likelihood, value: Value) -> tuple[FloatArray, FloatArray, FloatArray]:
    gradient, curvature = release(likelihood, value, observed=False)
    broken = ~np.isfinite(curvature).all((1, 2))
    gradient[broken], curvature[broken] = 0, np.eye(curvature.shape[1])
    scale = np.sqrt(np.maximum(np.diagonal(curvature, axis1=1, axis2=2), 1e-300))
    scaled = curvature / (scale[:, :, None] * scale[:, None, :]) + RIDGE * np.eye(curvature.shape[1])
    step = -np.linalg.solve(scaled, (gradient / scale)[:, :, None])[:, :, 0] / scale
    edm = np.where(broken, np.inf, -0.5 * (gradient * step).sum(-1))
    length = np.sqrt(np.maximum(2 * edm, 0))
    step *= np.minimum(1, LONGEST_STEP / np.maximum(length, 1e-300))[:, None]
    return step, edm, np.abs(gradient).max(-1)


def _descend(likelihood: Likelihood, value: Value, step: FloatArray) -> Value:
    tried = likelihood.evaluate(inside(likelihood, value.point + step))
    slack = 1e-10 + 1e-15 * likelihood.counts.sum(-1)
    factor = 1.0
    for _ in range(50):
        worse = np.flatnonzero(~(tried.nll <= value.nll + slack))
        if not len(worse):
            return tried
        factor /= 2
        some = likelihood.rows(worse)
        trial = inside(some, value.point[worse] + factor * step[worse])
        tried.put(worse, some.evaluate(trial))
    tried.put(worse, value.rows(worse))
    return tried
