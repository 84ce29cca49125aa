"""Signal shapes: how the events of a resonance spread over the bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from iminuit import Minuit
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from .array import FloatArray


class SignalError(ValueError):
    """Raised when a signal shape cannot be made, or lies outside the range that is fitted."""


class Signal(Protocol):
    """What a signal shape has to offer."""

    def template(self, edges: ArrayLike, mass: float) -> FloatArray:
        """Return the fraction of the signal events in each bin for a resonance mass, shape (n_bins,)."""
        ...


@dataclass(frozen=True)
class Gaussian:
    """A Gaussian resonance whose mean and width scale with its mass.

    Arguments:
        width: standard deviation over resonance mass.
        mean: mean over resonance mass.
        width_error, mean_error: their statistical errors; None when they were not measured.

    >>> Gaussian(0.05).template([0, 3000, 6000], 3000.0)
    array([0.5, 0.5])

    """

    width: float
    mean: float = 1.0
    width_error: float | None = None
    mean_error: float | None = None

    def __post_init__(self) -> None:
        if not (0 < self.width < 1 and 0 < self.mean < np.inf):
            msg = (
                f"Gaussian with relative width {self.width} and relative mean {self.mean}; "
                "the width is a fraction of the mass between 0 and 1, the mean positive"
            )
            raise SignalError(msg)

    def template(self, edges: ArrayLike, mass: float) -> FloatArray:
        """Return the fraction of the signal events in each bin.

        Arguments:
            edges: bin edges in GeV, shape (n + 1,).
            mass: resonance mass in GeV.

        Returns:
            Integrals over the bins, shape (n,); they add up to the part of the signal inside the edges.

        """
        z = (np.asarray(edges, dtype=float) - self.mean * mass) / (self.width * mass)
        return between(z)

    @classmethod
    def generic(cls, width: float, resolution: float, mean: float = 1.0) -> Gaussian:
        """Return a generic resonance as the detector sees it: both widths added in quadrature.

        Arguments:
            width: of the resonance itself over its mass; zero for one that is narrow against the resolution.
            resolution: of the detector, over the mass.
            mean: reconstructed mean over the mass.

        >>> round(Gaussian.generic(0.10, 0.03).width, 4)
        0.1044

        """
        if not (0 <= width < 1 and 0 < resolution < 1):
            msg = f"width {width} and resolution {resolution} of a generic resonance; fractions of the mass below 1"
            raise SignalError(msg)
        return cls(float(np.hypot(width, resolution)), mean)

    @classmethod
    def from_simulation(cls, mjj: ArrayLike, mass: float, weights: ArrayLike | None = None) -> Gaussian:
        """Measure mean and width from the core of a simulated resonance.

        A Gaussian truncated to mean - 1.5 and mean + 2 standard deviations is fitted by maximum likelihood to the
        events inside, and the range follows the fit until it stands still, so that radiative tails do not widen it.

        Arguments:
            mjj: reconstructed dijet masses in GeV, shape (n_events,).
            mass: generated resonance mass in GeV.
            weights: event weights, which may be negative, shape (n_events,).

        Raises:
            SignalError: if the core holds too few events or the fit does not settle.

        """
        masses = np.asarray(mjj, dtype=float)
        each = np.ones_like(masses) if weights is None else np.asarray(weights, dtype=float)
        if masses.shape != each.shape or not (np.isfinite(masses).all() and np.isfinite(each).all()):
            msg = f"masses of shape {masses.shape} and weights of shape {each.shape} must match and be finite"
            raise SignalError(msg)
        values, errors = _core(masses / mass, each)
        return cls(float(values[1]), float(values[0]), float(errors[1]), float(errors[0]))


def between(z: FloatArray) -> FloatArray:
    """Return the normal probability between values; far tails are small numbers and not rounding errors.

    Arguments:
        z: increasing, in standard deviations, shape (n + 1,).

    Returns:
        Probabilities, shape (n,).

    """
    upper = ndtr(z[1:]) - ndtr(z[:-1])
    mirrored = ndtr(-z[:-1]) - ndtr(-z[1:])
    return np.asarray(np.where(z[:-1] > 0, mirrored, upper), dtype=float)


WIDTHS = (0.0, 0.03, 0.05, 0.07, 0.10, 0.15)


def generic_widths(
    resolution: float, widths: Sequence[float] = WIDTHS, mean: float = 1.0
) -> tuple[Gaussian, ...]:
    """Return generic resonances of several widths, as `Gaussian.generic` makes each.

    Arguments:
        resolution: of the detector, over the mass.
        widths: of the resonances over their mass; 0 to 15% by default, as ATLAS quotes its limits.
        mean: reconstructed mean over the mass.

    """
    return tuple(Gaussian.generic(width, resolution, mean) for width in widths)


CORE = (-1.5, 2.0)
CORE_EVENTS = 50


def _core(x: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    mean, width = quantile_core(x, np.maximum(weights, 0))
    for _ in range(100):
        inside = (x > mean + CORE[0] * width) & (x < mean + CORE[1] * width)
        if inside.sum() < CORE_EVENTS:
            msg = f"the core of the signal holds {inside.sum()} events; at least {CORE_EVENTS} are needed"
            raise SignalError(msg)
        values, errors = _truncated_fit(x[inside], weights[inside], mean, width)
        moved = np.abs(values - (mean, width)).max()
        mean, width = 0.5 * (mean + values[0]), 0.5 * (width + values[1])
        if moved < 0.05 * errors.min():
            return values, errors
    msg = "the range of the core fit does not settle; is there a single peak in the simulated masses?"
    raise SignalError(msg)


def quantile_core(x: FloatArray, weights: FloatArray) -> tuple[float, float]:
    """Return rough mean and width of a peak from its 30%, 50% and 70% quantiles.

    Arguments:
        x: dijet masses over the resonance mass, shape (n_events,).
        weights: event weights, none negative, shape (n_events,).

    Raises:
        SignalError: if there are too few events, or the masses do not spread.

    """
    if weights.sum() <= 0 or len(x) < CORE_EVENTS:
        msg = f"{len(x)} simulated events with total weight {weights.sum():g}; at least {CORE_EVENTS} are needed"
        raise SignalError(msg)
    order = np.argsort(x)
    cumulative = np.cumsum(weights[order]) / weights.sum()
    low, middle, high = np.interp([0.3, 0.5, 0.7], cumulative, x[order])
    if not high > low:
        msg = f"the simulated masses do not spread (30% and 70% quantiles are both {low:g} of the mass)"
        raise SignalError(msg)
    return float(middle), float((high - low) / (ndtri(0.7) - ndtri(0.3)))


def _truncated_fit(
    x: FloatArray, weights: FloatArray, mean: float, width: float
) -> tuple[FloatArray, FloatArray]:
    z = (x - mean) / width
    total, first, second = weights.sum(), (weights * z).sum(), (weights * z * z).sum()

    def nll(shift: float, log_scale: float) -> float:
        scale = np.exp(log_scale)
        squares = (second - 2 * shift * first + shift**2 * total) / (2 * scale**2)
        inside = ndtr((CORE[1] - shift) / scale) - ndtr((CORE[0] - shift) / scale)
        return float(squares + total * (log_scale + np.log(np.maximum(inside, 1e-300))))

    minuit = Minuit(nll, shift=0.0, log_scale=0.0)
    minuit.errordef = Minuit.LIKELIHOOD
    minuit.limits = [(-2, 2), (-1.5, 1.5)]
    minuit.migrad()
    minuit.hesse()
    inflation = np.sqrt((weights**2).sum() / total)
    scale = np.exp(minuit.values["log_scale"])
    values = np.array([mean + width * minuit.values["shift"], width * scale])
    errors = np.array([width * minuit.errors["shift"], width * scale * minuit.errors["log_scale"]])
    return values, errors * inflation
