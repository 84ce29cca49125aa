"""Limits on a cross section where the efficiency depends on the signal in the data.

A selection that was trained on the data finds a strong signal and misses a weak one. A cross section is excluded if,
were it true, more signal events would be selected than the limit on their number allows (arXiv:2412.03747,
appendix B).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from .array import FloatArray
from .cross_section_result import CrossSectionLimit, Exclusion
from .crossing import intervals
from .efficiency import EfficiencyCurve, EfficiencyError
from .limit_result import LimitResult

Criterion = Literal["crossings", "cms"]
CRITERIA: tuple[Criterion, ...] = ("crossings", "cms")
NAMES = ("observed", "expected -2", "expected -1", "expected median", "expected +1", "expected +2")


def cross_section_limit(
    limit: LimitResult | Callable[[float], LimitResult],
    luminosity: float,
    acceptance: float,
    efficiency: float | EfficiencyCurve,
    *,
    rule: Criterion = "crossings",
    preference: float = 0.0,
) -> CrossSectionLimit:
    """Return the limit on a cross section from that on the number of selected signal events.

    Arguments:
        limit: on the number of events. It is compared with the efficiency minus its error; give a curve without errors
            if the limit includes them. A function of the relative error, which returns the limit with this nuisance
            parameter, is asked at each injection and compared with the efficiency itself, which is stronger.
        luminosity: in 1/fb.
        acceptance: part of the signal that the efficiency is about, between 0 and 1.
        efficiency: measured with injected signals, or a number if it does not depend on the signal.
        rule: "crossings" solves N(cross section) = limit on N over the whole range of injections. "cms" takes for
            each injection the larger of the injected cross section and the one excluded at its efficiency, and the
            smallest of these; it finds the limit as precisely as injections are dense.
        preference: with "cms", the largest injection is taken whose value is above the smallest by no more than this
            part of it; 0.10 in CMS-EXO-22-026.

    Raises:
        EfficiencyError: if a number is impossible, or a function is given as the limit and an efficiency has no
            error, or one of 100%.

    """
    yields = checked_yields(luminosity, acceptance, efficiency)
    if rule not in CRITERIA or not 0 <= preference < 1:
        msg = f"rule {rule!r} with preference {preference}; rules are {', '.join(CRITERIA)}, the preference below 1"
        raise EfficiencyError(msg)
    texts: tuple[str, ...] = ()
    if isinstance(efficiency, EfficiencyCurve):
        found, events = _events(limit, efficiency)
        lowered = not callable(limit) and efficiency.error is not None
        exclusions = [
            crossing_exclusion(efficiency, yields, one, lowered)
            if rule == "crossings"
            else injection_exclusion(efficiency, yields, one, lowered, preference)
            for one in events.T
        ]
        method = rule + (", efficiency lowered by its error" if lowered else "")
        texts = tuple(_warnings(exclusions, efficiency))
    elif callable(limit):
        msg = "the limit is a function of the error of the efficiency, which is a number; give one limit with it"
        raise EfficiencyError(msg)
    else:
        found, method = limit, "constant efficiency"
        exclusions = [_constant(one, yields * efficiency) for one in _numbers(limit)]
    low2, low1, median, high1, high2 = exclusions[-5:]
    return CrossSectionLimit(
        mass=found.mass,
        observed=None if found.observed is None else exclusions[0],
        expected=(low2, low1, median, high1, high2),
        level=found.level,
        luminosity=float(luminosity),
        acceptance=float(acceptance),
        efficiency=efficiency,
        method=f"{found.method}; {method}",
        warnings=(*found.warnings, *texts),
    )


def crossing_exclusion(
    curve: EfficiencyCurve, yields: float, events: FloatArray, lowered: bool = False
) -> Exclusion:
    """Return where the selected signal events are at least the limit on them.

    Arguments:
        curve: the efficiency.
        yields: luminosity times acceptance, in 1/fb.
        events: limit on the number of selected signal events at each injection, shape (n_injections,).
        lowered: take the efficiency minus its error.

    """
    knots = np.array(curve.cross_section)

    def margin(cross_section: FloatArray) -> FloatArray:
        allowed = np.exp(np.interp(np.log(cross_section), np.log(knots), np.log(events)))
        return np.asarray(selected(curve, yields, cross_section, lowered) - allowed, dtype=float)

    excluded = intervals(margin, knots)
    ends = [end for interval in excluded for end in interval if end not in (curve.smallest, curve.largest)]
    reaches = bool(excluded) and excluded[-1][1] == curve.largest
    return Exclusion(excluded[-1][0] if reaches else None, excluded, tuple(ends), _short(events))


def injection_exclusion(
    curve: EfficiencyCurve, yields: float, events: FloatArray, lowered: bool = False, preference: float = 0.0
) -> Exclusion:
    """Return the smallest of max(injected, excluded) cross sections; arguments as in the other functions."""
    injected = np.array(curve.cross_section)
    with np.errstate(divide="ignore"):
        excluded = events * injected / selected(curve, yields, injected, lowered)
    values = np.maximum(injected, excluded)
    taken = np.flatnonzero(values <= (1 + preference) * values.min())[-1]
    if values[taken] > curve.largest:
        return Exclusion(None, (), (), _short(events))
    limit = float(values[taken])
    return Exclusion(limit, ((limit, curve.largest),), (), _short(events))


def selected(
    curve: EfficiencyCurve, yields: float, cross_section: FloatArray, lowered: bool = False
) -> FloatArray:
    """Return the expected number of selected signal events at cross sections inside the injections, shape (n,)."""
    efficiency = curve.at(cross_section) - (curve.error_at(cross_section) if lowered else 0.0)
    return np.asarray(yields * cross_section * np.maximum(efficiency, 0), dtype=float)


def _constant(events: float, per_cross_section: float) -> Exclusion:
    limit = events / per_cross_section
    return Exclusion(limit, ((limit, None),), (limit,), (events,))


def _numbers(limit: LimitResult) -> list[float]:
    return [*([] if limit.observed is None else [limit.observed]), *limit.expected]


def _short(events: FloatArray) -> tuple[float, ...]:
    return tuple(events[:1].tolist() if (events == events[0]).all() else events.tolist())


def _events(
    limit: LimitResult | Callable[[float], LimitResult], curve: EfficiencyCurve
) -> tuple[LimitResult, FloatArray]:
    """Return the limit (with the largest injection's error), and those on events, shape (n_injections, 5 or 6)."""
    if not callable(limit):
        return limit, np.tile(_numbers(limit), (len(curve.cross_section), 1))
    errors = [0.0] * len(curve.efficiency) if curve.error is None else curve.error
    for cross_section, value, error in zip(curve.cross_section, curve.efficiency, errors, strict=True):
        if not 0 < error < value:
            msg = (
                f"efficiency {value:g} +- {error:g} at {cross_section:g} fb: a limit that depends on the error needs "
                "one between 0 and 100%; give a limit without it, to be compared with the lowered efficiency"
            )
            raise EfficiencyError(msg)
    found = [limit(error / value) for value, error in zip(curve.efficiency, errors, strict=True)]
    return found[-1], np.array([_numbers(one) for one in found])


def _warnings(exclusions: Sequence[Exclusion], curve: EfficiencyCurve) -> list[str]:
    texts = []
    for name, one in zip(NAMES[-len(exclusions) :], exclusions, strict=True):
        if one.limit is None:
            some = "some smaller ones are" if one.excluded else "no smaller one is"
            texts.append(
                f"{name}: the largest injection, {curve.largest:g} fb, is not excluded ({some}); inject more"
            )
        elif one.limit == curve.smallest:
            texts.append(
                f"{name}: the smallest injection, {curve.smallest:g} fb, is excluded already; inject less"
            )
        if len(one.excluded) > 1:
            texts.append(f"{name}: the excluded cross sections are {len(one.excluded)} intervals")
    return texts


def checked_yields(luminosity: float, acceptance: float, efficiency: float | EfficiencyCurve) -> float:
    """Return luminosity times acceptance.

    Raises:
        EfficiencyError: if one of the three is impossible.

    """
    if not (0 < luminosity < np.inf and 0 < acceptance <= 1):
        msg = f"luminosity {luminosity} /fb, acceptance {acceptance}; one positive, the other between 0 and 1"
        raise EfficiencyError(msg)
    if not isinstance(efficiency, EfficiencyCurve) and not 0 < efficiency <= 1:
        msg = f"efficiency {efficiency}; a constant efficiency is above 0 and at most 1"
        raise EfficiencyError(msg)
    return luminosity * acceptance
