"""Levenberg-Marquardt steps for the rows that scoring leaves: small spectra with a signal, and curves.

The observed information, its eigenvalues made positive, is damped by a multiple of the unit matrix (coordinates are
whitened) that grows where a step makes the likelihood worse and shrinks where it does not.
"""

from __future__ import annotations

import numpy as np

from .array import BoolArray, FloatArray
from .likelihood import Likelihood, Value

FIRST, GROWTH, DECAY = 1e-3, 4.0, 0.2
SOFTEST = 1e-9
STIFFEST = 1e12


def held(likelihood: Likelihood, point: FloatArray, gradient: FloatArray) -> BoolArray:
    """Return the rows whose strength is at its lower bound and would go below, shape (n_rows,)."""
    if not likelihood.free or likelihood.lowest is None:
        return np.zeros(len(point), dtype=bool)
    at = likelihood.background.n_parameters
    return np.asarray((point[:, at] <= likelihood.lowest / likelihood.unit) & (gradient[:, at] > 0))


def release(likelihood: Likelihood, value: Value, observed: bool) -> tuple[FloatArray, FloatArray]:
    """Return gradient and curvature in which strengths that are held at their bound do not move."""
    gradient = likelihood.gradient(value)
    exact = observed and not likelihood.background.linear
    curvature = likelihood.information(value) if exact else likelihood.curvature(value, observed=observed)
    rows, at = held(likelihood, value.point, gradient), likelihood.background.n_parameters
    if rows.any():
        gradient[rows, at] = 0
        own = curvature[rows, at, at]
        curvature[rows, at, :] = curvature[rows, :, at] = 0
        curvature[rows, at, at] = own
    return gradient, curvature


def inside(likelihood: Likelihood, point: FloatArray) -> FloatArray:
    """Raise strengths to their lower bound."""
    if likelihood.free and likelihood.lowest is not None:
        at = likelihood.background.n_parameters
        point[:, at] = np.maximum(point[:, at], likelihood.lowest / likelihood.unit)
    return point


def descend(
    likelihood: Likelihood, point: FloatArray, goals: tuple[float, float], max_steps: int
) -> tuple[Value, FloatArray, BoolArray]:
    """Minimise all rows from where they stand.

    Arguments:
        likelihood: the rows to fit.
        point: start, shape (n_rows, n_parameters).
        goals: largest estimated distance to the minimum, and largest gradient.
        max_steps: most steps, rejected ones counted.

    Returns:
        The likelihood at the last points, estimated distances to the minimum, and whether a row has converged.

    """
    result = likelihood.evaluate(point.copy())
    edm, converged = np.full(len(point), np.inf), np.zeros(len(point), dtype=bool)
    active, value, damping = np.arange(len(point)), result, np.full(len(point), FIRST)
    for step_number in range(max_steps + 1):
        slope, bend, axes, distance, done = _state(likelihood, value, goals)
        edm[active], converged[active] = distance, done
        if done.any() or step_number == max_steps:
            result.put(active, value)
            active, value, damping, likelihood = (
                active[~done],
                value.rows(~done),
                damping[~done],
                likelihood.rows(~done),
            )
            slope, bend, axes = slope[~done], bend[~done], axes[~done]
        if not len(active) or step_number == max_steps:
            break
        step = -np.einsum("rab,rb->ra", axes, slope / (bend + damping[:, None]))
        trial = likelihood.evaluate(inside(likelihood, value.point + step))
        better = trial.nll <= value.nll + 1e-10 + 1e-15 * likelihood.counts.sum(-1)
        value.put(better, trial.rows(better))
        damping = np.clip(damping * np.where(better, DECAY, GROWTH), SOFTEST, STIFFEST)
    return result, edm, converged


def _state(
    likelihood: Likelihood, value: Value, goals: tuple[float, float]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, BoolArray]:
    """Return slopes and positive curvatures along the axes of the information, the axes, distance, and convergence."""
    gradient, curvature = release(likelihood, value, observed=True)
    broken = ~(np.isfinite(curvature).all((1, 2)) & np.isfinite(gradient).all(-1) & np.isfinite(value.nll))
    gradient[broken], curvature[broken] = 0, np.eye(curvature.shape[1])
    values, axes = np.linalg.eigh(curvature)
    slope, bend = np.einsum("rab,ra->rb", axes, gradient), np.abs(values) + SOFTEST
    edm = np.where(broken, np.inf, 0.5 * (slope**2 / bend).sum(-1))
    done = (edm < goals[0]) & (np.abs(gradient).max(-1) < goals[1])
    return slope, bend, axes, edm, done
