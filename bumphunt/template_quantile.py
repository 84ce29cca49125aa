"""Quantiles of a simulated resonance from its events, or from a histogram of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from .array import FloatArray
from .signal import CORE_EVENTS, SignalError
from .template_shape import FEWEST_KNOTS, TemplateShape, monotone

KNOTS = 25
REACH = 3.0


def shape_of_events(
    mass: float, mjj: ArrayLike, weights: ArrayLike | None = None, n_knots: int = KNOTS
) -> TemplateShape:
    """Take the quantiles of simulated events.

    Arguments:
        mass: generated resonance mass in GeV.
        mjj: reconstructed dijet masses in GeV, shape (n_events,).
        weights: event weights, which may be negative, shape (n_events,).
        n_knots: number of quantiles; few of them smooth the statistical fluctuations, many keep them.

    Raises:
        SignalError: if there are too few events, or the masses do not spread.

    """
    masses = np.asarray(mjj, dtype=float)
    each = np.ones_like(masses) if weights is None else np.asarray(weights, dtype=float)
    if masses.shape != each.shape or not (np.isfinite(masses).all() and np.isfinite(each).all()):
        msg = (
            f"signal at {mass:g} GeV: masses {masses.shape} and weights {each.shape} must match and be finite"
        )
        raise SignalError(msg)
    order = np.argsort(masses)
    x, each = masses[order] / mass, each[order]
    events, z = _knots(mass, float(each.sum()), float((each**2).sum()), n_knots)
    below = _increasing(np.cumsum(each) - each / 2) / each.sum()
    return TemplateShape(float(mass), tuple(np.interp(ndtr(z), below, x).tolist()), float(z[-1]), events)


def shape_of_histogram(mass: float, histogram: Any, n_knots: int = KNOTS) -> TemplateShape:
    """Take the quantiles of a histogram, which are exact at the edges of its bins.

    Arguments:
        mass: generated resonance mass in GeV.
        histogram: of dijet masses in GeV, one-dimensional, following the UHI protocol; it may be weighted. Overflow
            bins are left out.
        n_knots: as for events.

    Raises:
        SignalError: if there is more than one axis, or too few events or bins that hold some.

    """
    if len(histogram.axes) != 1:
        msg = f"signal at {mass:g} GeV: the histogram has {len(histogram.axes)} axes; project it on the mass axis"
        raise SignalError(msg)
    edges, values = _edges(histogram.axes[0]), np.asarray(histogram.values(), dtype=float)
    variances = histogram.variances()
    squares = values if variances is None else np.asarray(variances, dtype=float)
    events, z = _knots(mass, float(values.sum()), float(squares.sum()), n_knots)
    below = _increasing(np.concatenate([[0.0], np.cumsum(values)])) / values.sum()
    known = (below > ndtr(-z[-1]) / 10) & (below < 1 - ndtr(-z[-1]) / 10) & (np.diff(below, prepend=-1.0) > 0)
    if known.sum() < FEWEST_KNOTS:
        msg = f"signal at {mass:g} GeV: its events fill {known.sum() + 1} bins; make the histogram with narrower ones"
        raise SignalError(msg)
    quantiles = monotone(ndtri(below[known]), edges[known] / mass, z)
    return TemplateShape(float(mass), tuple(quantiles.tolist()), float(z[-1]), events)


def _knots(mass: float, total: float, squares: float, n_knots: int) -> tuple[float, FloatArray]:
    """Return the effective number of events and the normal scores of the quantiles, the outermost of one event."""
    events = total**2 / squares if squares > 0 else 0.0
    if not (total > 0 and events >= CORE_EVENTS and n_knots >= FEWEST_KNOTS):
        msg = (
            f"signal at {mass:g} GeV: {events:.0f} effective events of total weight {total:g} for {n_knots} quantiles; "
            f"at least {CORE_EVENTS} events and {FEWEST_KNOTS} quantiles are needed"
        )
        raise SignalError(msg)
    reach = min(REACH, -float(ndtri(1 / events)))
    return events, np.linspace(-reach, reach, n_knots)


def _increasing(cumulative: FloatArray) -> FloatArray:
    """Even out where negative weights make a cumulative sum fall."""
    above = np.maximum.accumulate(cumulative)
    below = np.minimum.accumulate(cumulative[::-1])[::-1]
    return np.asarray((above + below) / 2, dtype=float)


def _edges(axis: Any) -> FloatArray:
    edges = getattr(axis, "edges", None)
    if edges is None:
        edges = [low for low, _ in axis] + [axis[-1][1]]
    return np.asarray(edges() if callable(edges) else edges, dtype=float)
