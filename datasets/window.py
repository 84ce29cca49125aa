"""A signal region in m_jj with its sidebands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .error import DataError

LOW_SIDEBAND, SIGNAL_REGION, HIGH_SIDEBAND, OUTSIDE = -1, 0, 1, 2


@dataclass(frozen=True)
class Window:
    """A half-open m_jj interval [low, high) in GeV with half-open sidebands outside of it.

    >>> window = Window(2725, 3331, sidebands=((2230, 2725), (3331, 4071)), name="B3")
    >>> window.region([2300, 3000, 3331, 5000])
    array([-1,  0,  1,  2], dtype=int8)
    """

    low: float
    high: float
    sidebands: tuple[tuple[float, float], ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse empty intervals and sidebands that reach into the signal region."""
        for low, high in ((self.low, self.high), *self.sidebands):
            if not low < high:
                raise DataError(f"window {self.name!r}: [{low}, {high}) GeV is empty; low must be below high")
        for low, high in self.sidebands:
            if low < self.high and high > self.low:
                raise DataError(
                    f"window {self.name!r}: sideband [{low}, {high}) GeV overlaps the signal region "
                    f"[{self.low}, {self.high}) GeV; sidebands must lie outside of it"
                )

    @property
    def span(self) -> tuple[float, float]:
        """Lowest and highest mass (GeV) of signal region and sidebands together."""
        edges = [(self.low, self.high), *self.sidebands]
        return min(low for low, _ in edges), max(high for _, high in edges)

    @property
    def middle(self) -> float:
        """The mass (GeV) in the middle of the signal region."""
        return (self.low + self.high) / 2

    def complement(self) -> Window:
        """Return the same signal region with all other masses as sidebands.

        >>> Window(3300, 3700).complement().sidebands
        ((0.0, 3300), (3700, inf))
        """
        return Window(self.low, self.high, ((0.0, self.low), (self.high, np.inf)), self.name)

    def region(self, mjj: ArrayLike) -> NDArray[np.int8]:
        """Label masses (n,) in GeV: -1 sideband below, 0 signal region, 1 sideband above, 2 neither."""
        mass = np.asarray(mjj, dtype=np.float64)
        label = np.full(mass.shape, OUTSIDE, dtype=np.int8)
        for low, high in self.sidebands:
            side = LOW_SIDEBAND if high <= self.low else HIGH_SIDEBAND
            label[(mass >= low) & (mass < high)] = side
        label[(mass >= self.low) & (mass < self.high)] = SIGNAL_REGION
        return label
