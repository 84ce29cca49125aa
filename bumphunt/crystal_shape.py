"""The double-sided Crystal Ball of one resonance mass: a Gaussian core with a power law on either side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from .array import FloatArray
from .record import Numbers, Record
from .signal import SignalError

SHAPE = ("mean", "width", "alpha_low", "power_low", "alpha_high", "power_high")


@dataclass(frozen=True)
class CrystalBall(Record):
    """The double-sided Crystal Ball of one resonance mass.

    With t = (m - mean) / width the density is exp(-t^2 / 2) for -alpha_low < t < alpha_high. Beyond, it goes on
    smoothly as a power of the distance, with exponents -power_low and -power_high. It is normalised over all m.

    Arguments:
        mass: resonance mass in GeV.
        mean, width: of the Gaussian core, over the resonance mass.
        alpha_low, alpha_high: where the tails begin, in widths from the mean.
        power_low, power_high: powers of the tails, above 1.
        errors: standard deviations of the six, in the order of `SHAPE`; None when they were not measured.
        events: effective number of simulated events that were fitted, likewise.
        p_value: of that fit, with Pearson's chi2.

    """

    mass: float
    mean: float
    width: float
    alpha_low: float
    power_low: float
    alpha_high: float
    power_high: float
    errors: Numbers | None = None
    events: float | None = None
    p_value: float | None = None

    def __post_init__(self) -> None:
        if not (self.mass > 0 and 0 < self.width < 1 and self.mean > 0):
            msg = (
                f"Crystal Ball at {self.mass} GeV with relative width {self.width} and relative mean {self.mean}; "
                "mass and mean are positive, the width is a fraction of the mass between 0 and 1"
            )
            raise SignalError(msg)
        if not (min(self.alpha_low, self.alpha_high) > 0 and min(self.power_low, self.power_high) > 1):
            tails = {name: getattr(self, name) for name in SHAPE[2:]}
            msg = (
                f"Crystal Ball at {self.mass:g} GeV with tails {tails}; alpha is positive, the power above 1"
            )
            raise SignalError(msg)

    @property
    def shape(self) -> FloatArray:
        """The six parameters in the order of `SHAPE`."""
        return np.array([getattr(self, name) for name in SHAPE])


def fractions(edges: ArrayLike, shape: ArrayLike) -> FloatArray:
    """Return the integrals of a normalised double-sided Crystal Ball over bins, in closed form.

    Arguments:
        edges: bin edges over the resonance mass, shape (n + 1,).
        shape: the six parameters in the order of `SHAPE`.

    Returns:
        Fraction of the events in each bin, shape (n,); far tails are small numbers and not rounding errors.

    >>> fractions([0.0, 0.98, 1e9], [0.98, 0.05, 1.5, 4.0, 1.5, 4.0]).round(4)
    array([0.5, 0.5])

    """
    mean, width, alpha_low, power_low, alpha_high, power_high = np.asarray(shape, dtype=float)
    t = (np.asarray(edges, dtype=float) - mean) / width
    low = _beyond(np.maximum(-t, 0), alpha_low, power_low)
    high = _beyond(np.maximum(t, 0), alpha_high, power_high)
    total = _beyond(np.zeros(2), np.array([alpha_low, alpha_high]), np.array([power_low, power_high])).sum()
    return np.asarray((np.diff(low) - np.diff(high)) / total, dtype=float)


def _beyond(t: FloatArray, alpha: ArrayLike, power: ArrayLike) -> FloatArray:
    """Integrate one side, of height one at the mean, from t widths to infinity."""
    alpha, power = np.asarray(alpha, dtype=float), np.asarray(power, dtype=float)
    distance = 1 + alpha / power * (np.maximum(t, alpha) - alpha)
    tail = np.exp(-(alpha**2) / 2) * power / alpha / (power - 1) * distance ** (1 - power)
    core = np.sqrt(2 * np.pi) * (ndtr(-np.minimum(t, alpha)) - ndtr(-alpha))
    return np.asarray(core + tail, dtype=float)
