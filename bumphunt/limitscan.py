"""Upper limits over resonance masses, in which each mass uses the spectrum of its own window."""

from __future__ import annotations

from collections.abc import Sequence

from .family import Family
from .fitrange import EVERYTHING, FitRange
from .ftest import Rule
from .limit import limit
from .result import LimitScan
from .signal import Signal, SignalError
from .spectrum import Spectrum


def limits(
    groups: Sequence[tuple[Sequence[float], Spectrum]],
    background: Family | Rule,
    signal: Signal,
    *,
    level: float = 0.95,
    fit_range: FitRange = EVERYTHING,
    blind: bool = False,
) -> LimitScan:
    """Return the upper limit on the number of signal events at every mass.

    Arguments:
        groups: (masses, spectrum) of each window: resonance masses in GeV, and the spectrum selected for them.
        background: a family, or a rule that chooses one.
        signal: the signal shape.
        level: confidence level.
        fit_range: low and high mass in GeV, or a `RangeLoop`, which is applied at each mass.
        blind: leave the observed limits out.

    Raises:
        SignalError: if there are no masses, or one is outside the fitted range.

    """
    found = [
        limit(spectrum, background, signal, mass, level=level, fit_range=fit_range, blind=blind)
        for masses, spectrum in groups
        for mass in masses
    ]
    if not found:
        msg = "no masses to set limits at; give at least one group (masses, spectrum) with a mass"
        raise SignalError(msg)
    return LimitScan(tuple(sorted(found, key=lambda one: one.mass)))
