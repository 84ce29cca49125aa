"""Expected discovery on a fitted background: the cross sections that give three or five standard deviations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from .cross_section import checked_yields, crossing_exclusion
from .discovery_result import Discovery
from .efficiency import EfficiencyCurve, EfficiencyError
from .family import Family
from .fitrange import EVERYTHING, FitRange
from .ftest import Rule
from .signal import Signal
from .significance import asimov_significance
from .spectrum import Spectrum

SIGNIFICANCES = (3.0, 5.0)
PRECISION = 1e-6


def expected_discovery(
    spectrum: Spectrum,
    background: Family | Rule,
    signal: Signal,
    mass: float,
    *,
    luminosity: float,
    acceptance: float,
    efficiency: float | EfficiencyCurve,
    significances: Sequence[float] = SIGNIFICANCES,
    truth: ArrayLike | None = None,
    fit_range: FitRange = EVERYTHING,
) -> Discovery:
    """Return the cross sections at which the Asimov significance has given values.

    For an efficiency that depends on the signal, it is the cross section from which on all others up to the largest
    injection have at least the number of selected events that is needed.

    Arguments:
        spectrum: the selected spectrum, whose fitted background is taken.
        background: a family, or a rule that chooses one.
        signal: the signal shape.
        mass: resonance mass in GeV.
        luminosity: in 1/fb.
        acceptance: part of the signal that the efficiency is about, between 0 and 1.
        efficiency: measured with injected signals, or a number if it does not depend on the signal. Its errors do not
            enter.
        significances: in standard deviations.
        truth: as in `asimov_significance`.
        fit_range: low and high mass in GeV, or a `RangeLoop`.

    Raises:
        EfficiencyError: if a significance or another number is impossible.

    """
    yields = checked_yields(luminosity, acceptance, efficiency)
    wanted = checked_significances(significances)

    def root(strength: float) -> float:
        return asimov_significance(
            spectrum, background, signal, mass, strength=strength, truth=truth, fit_range=fit_range
        )

    events = []
    for value in wanted:
        high = 2 * value
        while root(high) < value:
            high *= 2
        events.append(float(brentq(lambda n, z=value: root(n) - z, 0.0, high, rtol=PRECISION)))
    if not isinstance(efficiency, EfficiencyCurve):
        found: tuple[float | None, ...] = tuple(n / (yields * efficiency) for n in events)
    else:
        knots = np.ones(len(efficiency.cross_section))
        found = tuple(crossing_exclusion(efficiency, yields, n * knots).limit for n in events)
    return Discovery(wanted, found, tuple(events), "Asimov data", _warnings(wanted, found))


def checked_significances(significances: Sequence[float]) -> tuple[float, ...]:
    """Return significances as numbers.

    Raises:
        EfficiencyError: if there is none, or one is not positive and finite.

    """
    values = tuple(float(value) for value in significances)
    if not values or not all(0 < value < np.inf for value in values):
        msg = f"significances {values}; at least one, in standard deviations, such as 5"
        raise EfficiencyError(msg)
    return values


def _warnings(significances: Sequence[float], found: Sequence[float | None]) -> tuple[str, ...]:
    return tuple(
        f"{value:g} standard deviations: the largest injection does not give enough events; inject more"
        for value, cross_section in zip(significances, found, strict=True)
        if cross_section is None
    )
