"""The fit of a double-sided Crystal Ball to the dijet masses of a simulated resonance.

The likelihood is binned, much finer than the resolution, with the integral of the function over each bin; it is
that of the shape inside the fitted range, so that what was cut away outside does not matter.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from iminuit import Minuit
from numpy.typing import ArrayLike

from .array import FloatArray
from .crystal_shape import SHAPE, CrystalBall, fractions
from .goodness import p_value, pearson
from .signal import CORE_EVENTS, SignalError, quantile_core

SIGNAL_RANGE = (0.6, 1.4)
BINS_PER_WIDTH = 20
MOST_BINS = 2000
LIMITS = ((0.2, 3.0), (1e-3, 0.5), (0.2, 5.0), (1.05, 50.0), (0.2, 5.0), (1.05, 50.0))
STARTS = tuple((*low, *high) for low, high in product(((1.0, 5.0), (2.0, 10.0)), repeat=2))
NEAR = 0.05


def fit_crystal_ball(
    mass: float,
    mjj: ArrayLike,
    weights: ArrayLike | None = None,
    fit_range: tuple[float, float] = SIGNAL_RANGE,
) -> CrystalBall:
    """Fit the shape of one resonance mass.

    Arguments:
        mass: generated resonance mass in GeV.
        mjj: reconstructed dijet masses in GeV, shape (n_events,).
        weights: event weights, which may be negative, shape (n_events,).
        fit_range: fitted dijet masses over the generated one.

    Returns:
        The shape with its errors, which allow for the weights, and the quality of the fit.

    Raises:
        SignalError: if there are too few events or no fit is valid.

    """
    masses = np.asarray(mjj, dtype=float)
    each = np.ones_like(masses) if weights is None else np.asarray(weights, dtype=float)
    if masses.shape != each.shape or not (np.isfinite(masses).all() and np.isfinite(each).all()):
        msg = (
            f"signal at {mass:g} GeV: masses {masses.shape} and weights {each.shape} must match and be finite"
        )
        raise SignalError(msg)
    x = masses / mass
    inside = (x >= fit_range[0]) & (x <= fit_range[1])
    x, each = x[inside], each[inside]
    if len(x) < CORE_EVENTS:
        msg = f"signal at {mass:g} GeV: {len(x)} events between {fit_range} of the mass; {CORE_EVENTS} are needed"
        raise SignalError(msg)
    mean, width = quantile_core(x, np.maximum(each, 0))
    n_bins = int(np.clip(BINS_PER_WIDTH * (fit_range[1] - fit_range[0]) / width, 50, MOST_BINS))
    edges = np.linspace(*fit_range, n_bins + 1)
    content = np.histogram(x, edges, weights=each)[0]
    inflation = float((each**2).sum() / each.sum())
    minuit = _best(edges, content, mean, width, mass)
    expected = content.sum() * _inside(edges, np.array(minuit.values))
    chi2, merged = pearson(np.maximum(content, 0) / inflation, expected / inflation)
    return CrystalBall(
        mass=float(mass),
        **{name: float(minuit.values[name]) for name in SHAPE},
        errors=tuple(float(error * inflation**0.5) for error in minuit.errors),
        events=float(each.sum() ** 2 / (each**2).sum()),
        p_value=p_value(float(chi2), int(merged) - len(SHAPE) - 1),
    )


def _inside(edges: FloatArray, shape: ArrayLike) -> FloatArray:
    """Return the probability of each bin given that the event is inside the edges."""
    part = np.maximum(fractions(edges, shape), 1e-300)
    return np.asarray(part / part.sum(), dtype=float)


def _best(edges: FloatArray, content: FloatArray, mean: float, width: float, mass: float) -> Minuit:
    """Minimise from several tails, which are loosely determined and can hold a minimiser in a wrong valley."""

    def nll(*shape: float) -> float:
        return float(-(content * np.log(_inside(edges, shape))).sum())

    found = []
    for tails in STARTS:
        minuit = Minuit(nll, mean, 0.9 * width, *tails, name=SHAPE)
        minuit.errordef = Minuit.LIKELIHOOD
        minuit.limits = list(LIMITS)
        minuit.migrad()
        found.append(minuit)
    lowest = min(minuit.fval for minuit in found)
    valid = [m for m in found if m.valid and m.fval < lowest + NEAR]
    if not valid:
        msg = f"signal at {mass:g} GeV: the Crystal Ball fit is not valid; is there a single peak in these masses?"
        raise SignalError(msg)
    best = min(valid, key=lambda minuit: minuit.fval)
    best.hesse()
    return best
