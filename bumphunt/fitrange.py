"""The range of a fit: two masses, or the rule that narrows it until the background function describes the spectrum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from .spectrum import FitRangeError, Spectrum


@dataclass(frozen=True)
class RangeLoop:
    """Narrow the fit range, step by step, until a fit passes; a rule that every toy repeats.

    A fit fails if both the fit without and that with a signal have small p-values, or if the background is not known
    well enough at the resonance mass. First the range begins at ``first_low``, then it ends at ``first_high``, then the
    lower end rises and the upper end falls by turns, each as long as it keeps its distance from the mass. If no range
    passes, the whole one is taken, which determines the background best. The defaults are the thresholds of CMS-EXO-22-026 (arXiv:2412.03747).

    Arguments:
        background_p, signal_p: a fit fails if its p-value without a signal is below the one and that with a signal
            below the other.
        largest_uncertainty: a fit fails if its relative uncertainty at the mass is larger.
        first_low, first_high: in GeV; skipped where the spectrum ends before.
        step_low, step_high: by which the ends move, in GeV.
        step_far, far: the upper end moves by ``step_far`` as long as it is above ``far``, in GeV.
        below, above: distance in GeV that the lower and the upper end keep from the mass.

    """

    background_p: float = 0.05
    signal_p: float = 0.01
    largest_uncertainty: float = 0.15
    first_low: float = 1550.0
    first_high: float = 6500.0
    step_low: float = 100.0
    step_high: float = 200.0
    step_far: float = 500.0
    far: float = 5000.0
    below: float = 400.0
    above: float = 500.0

    def __post_init__(self) -> None:
        steps = (self.step_low, self.step_high, self.step_far)
        if min(*steps, self.below, self.above, self.largest_uncertainty) <= 0:
            msg = f"fit-range rule with steps {steps} and distances {(self.below, self.above)} GeV; all are positive"
            raise FitRangeError(msg)

    def ranges(self, low: float, high: float, mass: float) -> Iterator[tuple[float, float]]:
        """Yield the ranges in the order in which they are tried; they end when neither end can move.

        Arguments:
            low: lower end of the spectrum in GeV.
            high: upper end of the spectrum in GeV.
            mass: resonance mass in GeV.

        >>> list(RangeLoop().ranges(1460, 6000, 2100))[:4]
        [(1460, 6000), (1550.0, 6000), (1650.0, 6000), (1650.0, 5500.0)]

        """
        yield low, high
        if low < self.first_low <= mass - self.below:
            low = self.first_low
            yield low, high
        if high > self.first_high >= mass + self.above:
            high = self.first_high
            yield low, high
        turn = 0
        while self._low_moves(low, mass) or self._high_moves(high, mass):
            if self._low_moves(low, mass) and (turn == 0 or not self._high_moves(high, mass)):
                low += self.step_low
            else:
                high -= self._step(high)
            turn = 1 - turn
            yield low, high

    def _step(self, high: float) -> float:
        return self.step_far if high > self.far else self.step_high

    def _low_moves(self, low: float, mass: float) -> bool:
        return low + self.step_low <= mass - self.below

    def _high_moves(self, high: float, mass: float) -> bool:
        return high - self._step(high) >= mass + self.above


Bounds = tuple[float | None, float | None]
FitRange = Bounds | RangeLoop
EVERYTHING: Bounds = (None, None)


def usable(spectrum: Spectrum, bounds: Bounds) -> Spectrum:
    """Return the part of a spectrum inside a range.

    Raises:
        FitRangeError: if it is no pair of masses, or holds no bins or no events.

    """
    if not _is_pair(bounds):
        msg = f"fit_range is {bounds!r}; give (low, high) in GeV, None for an open side"
        raise FitRangeError(msg)
    inside = spectrum.restricted(*bounds)
    if inside.total == 0:
        msg = f"no events between {inside.edges[0]:g} and {inside.edges[-1]:g} GeV; there is nothing to fit"
        raise FitRangeError(msg)
    return inside


def _is_pair(bounds: Any) -> bool:
    return isinstance(bounds, tuple | list | np.ndarray) and [
        end is None or isinstance(end, Real) for end in bounds
    ] == [True, True]
