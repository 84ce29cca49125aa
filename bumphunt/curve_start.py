"""Where the fit of a curve begins: least squares in the logarithm from several points at once."""

from __future__ import annotations

import numpy as np

from .array import FloatArray, IntArray
from .curve import Curve

STEPS = 60
DAMPING = 1e-2


def near(
    curve: Curve, x: FloatArray, weights: FloatArray, counts: FloatArray, starts: IntArray
) -> FloatArray:
    """Move every start of a curve towards a spectrum by damped least squares in the logarithm of merged bins.

    Arguments:
        curve: the function.
        x: mass over sqrt(s) of the nodes, shape (n_nodes, n_bins).
        weights: quadrature weights in GeV, of the same shape.
        counts: shape (n_bins,).
        starts: where merged bins start.

    Returns:
        Parameters (ln p0, p1, ...), shape (n_starts, n_parameters).

    """
    width = np.add.reduceat(weights.sum(0), starts)
    centre = np.add.reduceat((x * weights).sum(0), starts) / width
    content = np.add.reduceat(counts, starts) + 0.5
    target, root = np.log(content / width), np.sqrt(content)
    theta = np.insert(np.array(curve.starts, dtype=float), 0, 0.0, axis=1)
    offset = target - curve.logarithm(centre, theta)[0]
    theta[:, 0] = (offset * content).sum(-1) / content.sum()
    return _descended(curve, centre, theta, target, root)


def _descended(
    curve: Curve, x: FloatArray, theta: FloatArray, target: FloatArray, root: FloatArray
) -> FloatArray:
    damping = np.full(len(theta), DAMPING)
    residual, step = _step(curve, x, theta, target, root, damping)
    for _ in range(STEPS):
        trial = theta + step
        tried, next_step = _step(curve, x, trial, target, root, damping / 5)
        better = (tried**2).sum(-1) < (residual**2).sum(-1)
        theta[better], residual[better] = trial[better], tried[better]
        damping *= np.where(better, 0.2, 5.0)
        step[better] = next_step[better]
        worse = np.flatnonzero(~better)
        if len(worse):
            step[worse] = _step(curve, x, theta[worse], target, root, damping[worse])[1]
    return theta


def _step(
    curve: Curve, x: FloatArray, theta: FloatArray, target: FloatArray, root: FloatArray, damping: FloatArray
) -> tuple[FloatArray, FloatArray]:
    value, slopes = curve.logarithm(x, theta, 1)
    residual, jacobian = (target - value) * root, slopes * root[:, None]
    scale = np.sqrt((jacobian**2).sum(1)) + 1e-100
    jacobian = jacobian / scale[:, None, :]
    normal = jacobian.transpose(0, 2, 1) @ jacobian + (damping + 1e-12)[:, None, None] * np.eye(
        theta.shape[1]
    )
    solution = np.linalg.solve(normal, jacobian.transpose(0, 2, 1) @ residual[:, :, None])[:, :, 0]
    return residual, solution / scale
