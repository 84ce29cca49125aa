"""Expected discovery on a fitted background: the cross sections that give three or five standard deviations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from .cross_section import checked_yields, crossing_exclusion
from .cross_section_result import Exclusion
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
METHOD = "Asimov data"


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
        return Discovery(wanted, found, tuple(events), METHOD)
    knots = np.ones(len(efficiency.cross_section))
    reached = [crossing_exclusion(efficiency, yields, n * knots) for n in events]
    found = tuple(one.limit for one in reached)
    return Discovery(wanted, found, tuple(events), METHOD, tuple(_warnings(wanted, reached, efficiency)))


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


def _warnings(
    significances: Sequence[float], reached: Sequence[Exclusion], curve: EfficiencyCurve
) -> Iterator[str]:
    for value, one in zip(significances, reached, strict=True):
        name = f"{value:g} standard deviations"
        if one.limit is None:
            yield f"{name}: the largest injection does not give enough events; inject more"
        elif one.limit == curve.smallest:
            yield f"{name}: the smallest injection, {curve.smallest:g} fb, gives enough events already; inject less"
        ends = [(low, high) for low, high in one.excluded if high not in (None, curve.largest)]
        smaller = [f"{low:.4g}-{high:.4g}" for low, high in ends]
        if smaller:
            yield f"{name}: smaller cross sections, {', '.join(smaller)} fb, give enough events already"
