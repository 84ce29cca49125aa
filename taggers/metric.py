"""How well a score separates signal from background, in numbers with errors.

What to use when: `auc` for the whole range of cuts; `rejection` at a signal efficiency that a search would work at;
`sic_at_background`, `sic_at_signal` and `max_sic` for what a cut does to the significance of a small excess. Errors
are binomial; `roc.bootstrap` gives that of any number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..datasets.table import Floats
from .error import MetricError
from .roc import Roc, roc

FEWEST = 3
"""Background events that must pass a cut for its rejection; with fewer, a lower limit is stated."""
LEAST_PASSED = 25
"""Background events that must pass a cut for it to count in the maximum of the SIC."""
LARGEST_ERROR = 0.2
"""Largest relative error of the SIC of a cut for it to count in the maximum."""


@dataclass(frozen=True)
class Measured:
    """A number with its error; with ``bound`` it is a lower limit and has no error.

    >>> print(Measured(12.34, 0.5), Measured(1333.3, None, bound=True))
    12.3 ± 0.5 > 1.33e+03
    """

    value: float
    error: float | None
    bound: bool = False

    def __str__(self) -> str:
        """Write the number with its error, or as a limit."""
        if self.bound:
            return f"> {self.value:.3g}"
        return f"{self.value:.3g}" + ("" if self.error is None else f" ± {self.error:.2g}")


@dataclass(frozen=True)
class MaxSic(Measured):
    """The largest significance improvement, with the efficiencies of its cut."""

    signal: float = 1.0
    background: float = 1.0


def auc(scores: ArrayLike, truth: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the area under the ROC curve of ``scores`` (n,) for ``truth`` (n,) of 0 and 1; ties count half.

    It is the probability that a signal event has a higher score than one of background: the rank statistic with
    mid-ranks (doi:10.1148/radiology.143.1.7063747). ``weight`` (n,) of 0 or more.

    >>> auc([0.1, 0.4, 0.3, 0.8], [0, 0, 1, 1])
    0.75
    """
    return area(roc(scores, truth, weight))


def area(curve: Roc) -> float:
    """Return the area under a ROC curve."""
    return float(np.trapezoid(curve.signal, curve.background))


def rejection(curve: Roc, efficiency: float) -> Measured:
    """Return 1 / eps_B at a signal ``efficiency``, with eps_B interpolated linearly in eps_S.

    When fewer than 3 background events pass it is the lower limit N_B / 3.
    """
    background, passed = curve.at_signal(efficiency)
    if passed < FEWEST:
        return Measured(curve.total / FEWEST, None, bound=True)
    return Measured(float(1 / background), _background_error(curve, efficiency) / float(background))


def sic_at_signal(curve: Roc, efficiency: float) -> Measured:
    """Return eps_S / sqrt(eps_B) at a signal ``efficiency``; a lower limit when fewer than 3 background events pass."""
    background, passed = curve.at_signal(efficiency)
    if passed < FEWEST:
        return Measured(float(efficiency * np.sqrt(curve.total / FEWEST)), None, bound=True)
    value = float(efficiency / np.sqrt(background))
    return Measured(value, value * _background_error(curve, efficiency) / 2)


def sic_at_background(curve: Roc, efficiency: float) -> Measured | None:
    """Return eps_S / sqrt(eps_B) at a background ``efficiency``; None when it leaves fewer than 3 events.

    The error is that of eps_S, and that of the cut, which background decides.
    """
    passed = efficiency * curve.total
    if passed < FEWEST:
        return None
    signal = float(curve.at_background(efficiency))
    slope = curve.slope(signal)
    cut = efficiency * _relative(passed, efficiency) / slope if slope else 0.0
    error = np.hypot(curve.signal_error(signal), cut)
    return Measured(float(signal / np.sqrt(efficiency)), float(error / np.sqrt(efficiency)))


def sic(curve: Roc) -> tuple[Floats, Floats]:
    """Return eps_S / sqrt(eps_B) of every cut and its relative error, each (K,), infinite where no event passes.

    The error is that of two independent binomial efficiencies.
    """
    signal, background = curve.signal[1:], curve.background[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = signal / np.sqrt(background)
        error = np.hypot(
            _relative(curve.n_signal[1:], signal), _relative(curve.n_background[1:], background) / 2
        )
    return np.where(background > 0, value, np.inf), np.where(np.isnan(error), np.inf, error)


def max_sic(curve: Roc, least: int = LEAST_PASSED, largest: float = LARGEST_ERROR) -> MaxSic:
    """Return the largest SIC among cuts that pass ``least`` background events with a relative error below ``largest``.

    The largest of many fluctuating numbers lies above the truth by about its error; compare only at equal
    numbers of events. Keeping all events has SIC 1, so that it is never below 1. ``MetricError`` when there are
    fewer than ``least`` background events.
    """
    value, error = sic(curve)
    allowed = (curve.n_background[1:] >= least) & (error < largest)
    if not allowed.any():
        raise MetricError(
            f"no cut passes {least} background events: there are {curve.total:.0f}; give more events"
        )
    best = int(np.argmax(np.where(allowed, value, -np.inf)))
    return MaxSic(
        value=float(value[best]),
        error=float(value[best] * error[best]),
        signal=float(curve.signal[best + 1]),
        background=float(curve.background[best + 1]),
    )


def significance_gain(signal: float, background: float, best: Measured) -> Measured:
    """Return S / sqrt(B) before any cut times the largest SIC: what the best cut would make of it.

    It knows nothing of fit, folds and trials: an upper limit of the significance that a search finds.
    """
    before = float(signal / np.sqrt(background))
    return Measured(before * best.value, None if best.error is None else before * best.error)


def rejection_curve(curve: Roc, efficiencies: Floats) -> Floats:
    """Return 1 / eps_B at signal ``efficiencies`` (n,); NaN where fewer than 3 background events pass."""
    background, passed = curve.at_signal(efficiencies)
    found: Floats = np.full(len(efficiencies), np.nan)
    return np.asarray(np.divide(1.0, background, out=found, where=passed >= FEWEST))


def sic_curve(curve: Roc, efficiencies: Floats, least: int = LEAST_PASSED) -> Floats:
    """Return eps_S / sqrt(eps_B) at signal ``efficiencies`` (n,); NaN where fewer than ``least`` background events pass."""
    background, passed = curve.at_signal(efficiencies)
    found: Floats = np.full(len(efficiencies), np.nan)
    return np.asarray(np.divide(efficiencies, np.sqrt(background), out=found, where=passed >= least))


def _relative(passed: ArrayLike, efficiency: ArrayLike) -> Floats:
    """Return the relative binomial error of an efficiency."""
    return np.asarray(np.sqrt((1 - np.asarray(efficiency, dtype=np.float64)) / np.asarray(passed)))


def _background_error(curve: Roc, efficiency: float) -> float:
    """Return the relative error of eps_B at a signal efficiency: that of eps_B, and that of the cut."""
    background, passed = curve.at_signal(efficiency)
    cut = curve.slope(efficiency) * curve.signal_error(efficiency) / float(background)
    return float(np.hypot(_relative(passed, background), cut))
