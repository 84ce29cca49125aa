"""The plane of QUAK: losses of a background and of signal hypotheses, made independent of m_jj and of each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import boxcox
from scipy.stats import boxcox_normmax

from ..datasets.table import Floats
from .base import nest, unnest

TINY = 1e-6
SPARSE = 1e-3
"""Fraction of the background below which the power is continued as a straight line."""


@dataclass(frozen=True)
class QuakAxis:
    """A map of a loss to a number that is standard normal for background, at any m_jj.

    Of (m_jj, loss) the second principal component is kept: ``direction`` (2,) from ``centre`` (2,). It is shifted by ``shift`` to
    positive numbers, raised to a ``power`` (Box and Cox, 1964) and standardised with ``mean`` and ``deviation``. Below ``least``, where
    there is hardly any background, the power goes on as a straight line, so that what is more like a signal than any background keeps its order.
    """

    centre: Floats
    direction: Floats
    shift: float
    least: float
    power: float
    mean: float
    deviation: float

    @classmethod
    def fit(cls, mass: Floats, loss: Floats) -> Self:
        """Find it for background with ``mass`` (n,) in GeV and ``loss`` (n,)."""
        pairs = np.stack([mass, loss], axis=1)
        centre = pairs.mean(axis=0)
        direction = np.linalg.eigh(np.cov(pairs.T))[1][:, 0]
        direction *= np.sign(direction[1])
        component = (pairs - centre) @ direction
        shift = TINY - component.min()
        power = float(boxcox_normmax(component + shift, method="mle"))
        least = float(np.quantile(component + shift, SPARSE))
        bent = _bend(component + shift, power, least)
        return cls(centre, direction, float(shift), least, power, float(bent.mean()), float(bent.std()))

    def __call__(self, mass: Floats, loss: Floats) -> Floats:
        """Return the place of events on the axis (n,)."""
        component = (np.stack([mass, loss], axis=1) - self.centre) @ self.direction
        bent = _bend(component + self.shift, self.power, self.least)
        return np.asarray((bent - self.mean) / self.deviation)

    def state(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to be stored."""
        return {name: np.asarray(value) for name, value in asdict(self).items()}

    @classmethod
    def restore(cls, state: Mapping[str, NDArray[Any]]) -> Self:
        """Rebuild it from its arrays."""
        numbers = {name: float(state[name]) for name in ("shift", "least", "power", "mean", "deviation")}
        return cls(state["centre"], state["direction"], **numbers)


@dataclass(frozen=True)
class QuakPlane:
    """Two numbers of an event: how unlike background it is, and how like a signal, more than background as unlike is.

    ``slope``: of the loss of the signal with that of background, which is taken away.
    """

    background: QuakAxis
    signal: QuakAxis
    slope: float

    @classmethod
    def fit(cls, mass: Floats, background: Floats, signal: Floats) -> Self:
        """Find it for background with ``mass`` (n,) in GeV and its losses under both hypotheses, each (n,)."""
        axes = QuakAxis.fit(mass, background), QuakAxis.fit(mass, signal)
        x, y = axes[0](mass, background), axes[1](mass, signal)
        return cls(*axes, float(np.cov(x, y)[0, 1] / x.var(ddof=1)))

    def __call__(self, mass: Floats, background: Floats, signal: Floats) -> tuple[Floats, Floats]:
        """Return both numbers (n,), higher for more unlike background, and more like the signal."""
        x = self.background(mass, background)
        return x, self.slope * x - self.signal(mass, signal)

    def state(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to be stored."""
        axes = {"background": self.background.state(), "signal": self.signal.state()}
        return {"slope": np.asarray(self.slope), **nest(axes)}

    @classmethod
    def restore(cls, state: Mapping[str, NDArray[Any]]) -> Self:
        """Rebuild it from its arrays."""
        background, signal = (QuakAxis.restore(unnest(name, state)) for name in ("background", "signal"))
        return cls(background, signal, float(state["slope"]))


def _bend(x: Floats, power: float, least: float) -> Floats:
    below = np.minimum(x - least, 0.0)
    return np.asarray(boxcox(np.maximum(x, least), power) + least ** (power - 1) * below)
