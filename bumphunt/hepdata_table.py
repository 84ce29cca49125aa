"""Results as tables of HEPData: what the points are, what was measured there, with errors and qualifiers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np

from .limit_result import LimitResult, LimitScan
from .plot import garwood
from .result import FitResult
from .scanresult import ScanPoint, ScanResult, ToyP

Result = FitResult | ScanResult | LimitScan
Rows = list[dict[str, Any]]
DIGITS = 6
UNFIT = "A fit did not converge, and the numbers are not reliable,"
MASS = {"name": "Resonance mass", "units": "GeV"}


class HepDataError(ValueError):
    """Raised when a result cannot be written as a HEPData table."""


@dataclass(frozen=True)
class Table:
    """A table and what is said about it.

    Arguments:
        description: in words.
        observables: HEPData keywords.
        independent, dependent: variables, each with header and values.

    """

    description: str
    observables: tuple[str, ...]
    independent: Rows
    dependent: Rows

    def content(self, qualifiers: Rows) -> dict[str, Any]:
        """Return what the YAML file of the table holds, the qualifiers with every dependent variable."""
        dependent = [
            {"header": one["header"], "qualifiers": list(map(dict, qualifiers)), "values": one["values"]}
            for one in self.dependent
        ]
        return {"independent_variables": self.independent, "dependent_variables": dependent}


def table(result: Result) -> Table:
    """Return the table of a result.

    Raises:
        HepDataError: if it is of a kind that has no table, or empty.

    """
    if isinstance(result, FitResult):
        return _fit(result)
    if isinstance(result, ScanResult) and result.points:
        return _scan(result)
    if isinstance(result, LimitScan) and result.limits:
        return _limits(result)
    msg = f"{type(result).__name__} has no HEPData table; there are tables of FitResult, ScanResult and LimitScan with points"
    raise HepDataError(msg)


def _fit(result: FitResult) -> Table:
    low, high = garwood(result.observed)
    bins = [{"low": a, "high": b} for a, b in zip(result.edges, result.edges[1:], strict=False)]
    observed = [
        {"value": int(n), "errors": [_asymmetric(-a, b, "stat")]}
        for n, a, b in zip(result.observed, low, high, strict=True)
    ]
    name = "Fitted background" if result.mass is None else "Fitted background and signal"
    values = ", ".join(
        f"{p} = {value:.6g}" + (f" +- {error:.2g}" if _known(error) else "")
        for p, value, error in zip(result.names, result.values, result.errors, strict=True)
    )
    quality = f"chi2/ndof = {result.chi2:.1f}/{result.ndof}"
    quality += "" if result.p_value is None else f", p-value {result.p_value:.2g}"
    text = f"Dijet mass spectrum with the fit of {result.function}, x = m/sqrt(s): {values}; {quality}."
    if result.mass is not None:
        text += f" Resonance mass {result.mass:g} GeV."
    if not result.valid:
        text += " The fit is not valid: it did not converge, or its covariance is not known."
    return Table(
        text,
        ("N",),
        [_column("Dijet mass", bins, "GeV")],
        [
            _column("Observed events", observed),
            _column(name, [{"value": _number(value)} for value in result.expected], "events"),
        ],
    )


def _scan(result: ScanResult) -> Table:
    points = result.points
    strength = [
        {
            "value": _number(p.strength),
            **({"errors": [_symmetric(p.error, "fit")]} if _known(p.error) else {}),
        }
        for p in points
    ]
    formulae = [p.asymptotic_valid and p.valid for p in points]
    columns = [
        _column("Local p-value", [_where(good, p.p_local) for good, p in zip(formulae, points, strict=True)]),
        _column("Local significance", [_where(good, p.r) for good, p in zip(formulae, points, strict=True)]),
        _column("Fitted signal", strength, "events"),
    ]
    if any(p.p_toys for p in points):
        columns.insert(1, _column("Local p-value from toys", [_from_toys(p.p_toys) for p in points]))
    text = "Scan for a resonance: one-sided local p-value, signed significance and fitted signal events."
    chance = result.p_global
    if chance is not None:
        text += (
            f" Global p-value of the largest excess, at {result.largest.mass:g} GeV: {chance.p:.3g} "
            f"(68% interval {chance.low:.3g}-{chance.high:.3g}, {chance.n_toys} toys)."
        )
    few = [p for p in points if not p.asymptotic_valid]
    text += _at("The asymptotic p-value and significance are not valid", few)
    text += _at(UNFIT, [p for p in points if not p.valid])
    return Table(text, ("P-VALUE", "SIG"), _axes(points), columns)


def _from_toys(found: ToyP | None) -> dict[str, Any]:
    if found is None:
        return {"value": _number(None)}
    error = _asymmetric(found.low - found.p, found.high - found.p, f"68% interval, {found.n_toys} toys")
    return {"value": _number(found.p), "errors": [error]}


def _axes(points: Sequence[ScanPoint]) -> Rows:
    """Return the mass, and what else tells the points of a scan apart."""
    axes = [_column(MASS["name"], [{"value": _number(p.mass)} for p in points], MASS["units"])]
    if len({p.group for p in points}) > 1:
        axes.append(_column("Window", [{"value": p.group} for p in points]))
    if len({p.signal for p in points}) > 1:
        axes.append(_column("Signal shape", [{"value": p.signal} for p in points]))
    return axes


def _limits(result: LimitScan) -> Table:
    kinds = {(one.unit, one.level, one.method) for one in result.limits}
    if len(kinds) > 1:
        msg = f"limits of different kinds, {sorted(kinds)}; write a table for each"
        raise HepDataError(msg)
    unit, level, method = kinds.pop()
    masses = [one.mass for one in result.limits]
    if len(set(masses)) < len(masses):
        twice = sorted({f"{mass:g}" for mass in masses if masses.count(mass) > 1})
        msg = f"several limits at {', '.join(twice)} GeV, which a table cannot tell apart; write a table for each window"
        raise HepDataError(msg)
    columns = [_column("Expected limit", [_bands(one.expected) for one in result.limits], unit)]
    if any(one.observed is not None for one in result.limits):
        observed = [{"value": _number(one.observed)} for one in result.limits]
        columns.insert(0, _column("Observed limit", observed, unit))
    text = f"Upper limits at {100 * level:g}% confidence level ({method}); errors of the expected limit are its bands."
    few = [one for one in result.limits if not (one.asymptotic_valid or one.toys)]
    text += _at("The asymptotic limit is not valid", few)
    text += _at(UNFIT, [one for one in result.limits if not one.valid])
    return Table(
        text,
        ("CLS",),
        [_column(MASS["name"], [{"value": _number(one.mass)} for one in result.limits], MASS["units"])],
        columns,
    )


def _bands(expected: Sequence[float]) -> dict[str, Any]:
    low2, low1, median, high1, high2 = expected
    errors = []
    if all(map(_known, expected)):
        errors = [_asymmetric(low1 - median, high1 - median, "1 sigma")]
        errors.append(_asymmetric(low2 - median, high2 - median, "2 sigma"))
    return {"value": _number(median), **({"errors": errors} if errors else {})}


def _at(text: str, marked: Sequence[ScanPoint | LimitResult]) -> str:
    """Return a sentence about some masses, nothing without any."""
    masses = dict.fromkeys(f"{one.mass:g}" for one in marked)
    return f" {text} at {', '.join(masses)} GeV." if masses else ""


def _column(name: str, values: Rows, units: str = "") -> dict[str, Any]:
    return {"header": {"name": name, **({"units": units} if units else {})}, "values": values}


def _where(good: bool, value: float) -> dict[str, Any]:
    return {"value": _number(value if good else None)}


def _known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def _number(value: float | None) -> float | str:
    """Return a number with six digits, "-" where there is none, as HEPData has it."""
    if not _known(value):
        return "-"
    return float(f"{value:.{DIGITS}g}")


def _symmetric(error: float, label: str) -> dict[str, Any]:
    return {"symerror": _number(error), "label": label}


def _asymmetric(minus: float, plus: float, label: str) -> dict[str, Any]:
    return {"asymerror": {"minus": _number(np.negative(abs(minus))), "plus": _number(plus)}, "label": label}
