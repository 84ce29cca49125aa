"""The reference minimiser: MIGRAD of iminuit on one spectrum, in whitened coordinates and with the exact gradient.

It shares the likelihood with the batched minimiser and nothing else, so that each is a test of the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from iminuit import Minuit

from .array import FloatArray
from .likelihood import Likelihood

TOLERANCE = 1e-4  # MIGRAD stops at an estimated distance of 1e-7 in the negative log likelihood
WALL = 1e9
SPREAD = 2.0
MOST_CALLS = 5000


@dataclass(frozen=True, eq=False)
class Cost:
    """The likelihood of one row over coordinates u, with point = centre + axes . u.

    Where a bin expects no events the likelihood is infinite and has no slope; there the cost is a high cone whose
    slope leads back to the centre.

    Arguments:
        likelihood: of one row.
        centre: shape (n_parameters,).
        axes: shape (n_parameters, n_parameters).

    """

    likelihood: Likelihood
    centre: FloatArray
    axes: FloatArray

    def point(self, coordinates: FloatArray) -> FloatArray:
        """Return the point of coordinates, shape (1, n_parameters)."""
        return np.asarray(self.centre + self.axes @ coordinates, dtype=float)[None, :]

    def __call__(self, coordinates: FloatArray) -> float:
        """Return the negative log likelihood from the saturated model."""
        nll = float(self.likelihood.evaluate(self.point(coordinates)).nll[0])
        return nll if np.isfinite(nll) else WALL * (1 + float(np.linalg.norm(coordinates)))

    def gradient(self, coordinates: FloatArray) -> FloatArray:
        """Return the derivatives by the coordinates, shape (n_parameters,)."""
        value = self.likelihood.evaluate(self.point(coordinates))
        if not np.isfinite(value.nll[0]):
            return WALL * coordinates / max(float(np.linalg.norm(coordinates)), 1e-9)
        return np.asarray(self.likelihood.gradient(value)[0] @ self.axes, dtype=float)

    def minuit(self, start: FloatArray) -> Minuit:
        """Return a Minuit object with this cost, not yet minimised."""
        minuit = Minuit(self, start, grad=self.gradient)
        minuit.errordef, minuit.tol, minuit.strategy = Minuit.LIKELIHOOD, TOLERANCE, 1
        minuit.errors = 0.1
        return minuit


@dataclass(frozen=True, eq=False)
class Reference:
    """A minimum found by MIGRAD.

    Arguments:
        point: whitened coordinates, strength in its unit and nuisance parameters, shape (n_parameters,).
        nll: negative log likelihood from the saturated model.
        edm: estimated distance to the minimum.
        valid: whether MIGRAD says so.

    """

    point: FloatArray
    nll: float
    edm: float
    valid: bool


def migrad(
    likelihood: Likelihood, start: FloatArray | None = None, n_starts: int = 1, seed: int = 0
) -> Reference:
    """Minimise one row of a likelihood with iminuit.

    Arguments:
        likelihood: of one row; a lowest strength is a limit for MIGRAD.
        start: shape (n_parameters,); None is the reference of the background, with a signal of strength `unit`, away
            from a limit at zero where MIGRAD would see no slope.
        n_starts: number of starting points; those after the first are scattered by two standard deviations around it,
            to more signal.
        seed: of these.

    Returns:
        The lowest of the minima, valid ones before others.

    >>> from dijethunt.bumphunt.background import BinnedBackground
    >>> from dijethunt.bumphunt.families import dijet
    >>> basis = BinnedBackground.on([2000, 2400, 2800, 3200], dijet(2)).whitened([0.0, 9.0, 6.0])
    >>> abs(migrad(Likelihood(basis, 2 * basis.expected[None, :])).nll) < 1e-6
    True

    """
    n_background, n = likelihood.background.n_parameters, likelihood.n_parameters
    first = np.where(np.arange(n) == n_background, float(likelihood.free), 0.0) if start is None else start
    scatter = SPREAD * np.random.default_rng(seed).standard_normal((n_starts, n))
    scatter[0], scatter[:, n_background:] = 0, np.abs(scatter[:, n_background:])
    found = [_descend(likelihood, first + move) for move in scatter]
    return min(found, key=lambda one: (not one.valid, one.nll))


def _descend(likelihood: Likelihood, start: FloatArray) -> Reference:
    n = likelihood.n_parameters
    minuit = Cost(likelihood, np.zeros(n), np.eye(n)).minuit(start)
    if likelihood.free and likelihood.lowest is not None:
        lowest = float(likelihood.lowest[0] / likelihood.unit[0])
        minuit.limits[likelihood.background.n_parameters] = (lowest, None)
    minuit.migrad(ncall=MOST_CALLS)
    return Reference(np.array(minuit.values), float(minuit.fval), float(minuit.fmin.edm), bool(minuit.valid))
