"""The shape of one simulated resonance without a formula: quantiles of its masses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from .array import FloatArray
from .record import Numbers, Record
from .signal import SignalError

FEWEST_KNOTS = 5


@dataclass(frozen=True)
class TemplateShape(Record):
    """A simulated resonance of one mass, as quantiles of the reconstructed masses.

    They are those at the probabilities ndtr(z), for equal steps of z. Between them z is interpolated by monotone
    cubics, so that a Gaussian is exact with any number of quantiles; beyond the outermost it goes on linearly.

    Arguments:
        mass: resonance mass in GeV.
        quantiles: reconstructed over resonance mass, increasing, from z = -reach to reach, shape (n_knots,).
        reach: of the outermost quantiles, in standard deviations.
        events: effective number of simulated events; None if it is not known.

    Raises:
        SignalError: if the quantiles do not increase, or a number is impossible.

    """

    mass: float
    quantiles: Numbers
    reach: float
    events: float | None = None

    def __post_init__(self) -> None:
        x = np.asarray(self.quantiles, dtype=float)
        object.__setattr__(self, "quantiles", tuple(x.tolist()))
        increasing = (
            x.ndim == 1 and x.size >= FEWEST_KNOTS and np.isfinite(x).all() and (np.diff(x) > 0).all()
        )
        if not (increasing and self.mass > 0 and self.reach > 0):
            msg = (
                f"template at {self.mass:g} GeV with {x.size} quantiles to {self.reach:g} standard deviations; at "
                f"least {FEWEST_KNOTS}, which increase: do the masses spread, are there enough events?"
            )
            raise SignalError(msg)

    def position(self, z: FloatArray) -> FloatArray:
        """Return the reconstructed over resonance mass below which are ndtr(z) of the events, shape (n,)."""
        knots = np.linspace(-self.reach, self.reach, len(self.quantiles))
        return monotone(knots, np.array(self.quantiles), z)


def monotone(knots: FloatArray, values: FloatArray, at: FloatArray) -> FloatArray:
    """Interpolate increasing values by monotone cubics, and go on linearly beyond the outermost.

    Arguments:
        knots: increasing, shape (n,).
        values: increasing, shape (n,).
        at: where, shape (m,).

    """
    inside = np.clip(at, knots[0], knots[-1])
    first, last = (values[[1, -1]] - values[[0, -2]]) / (knots[[1, -1]] - knots[[0, -2]])
    beyond = at - inside
    found = PchipInterpolator(knots, values)(inside) + beyond * np.where(beyond < 0, first, last)
    return np.asarray(found, dtype=float)
