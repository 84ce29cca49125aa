"""Signal injection: simulated signal events hidden in data, the same ones for the same seed.

Which events are injected depends on their identity and the seed alone. Injecting more keeps those injected
before, so that results at rising signal strength are correlated as they should be.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from .catalogue import PB_PER_FB
from .column import TRUTH
from .error import DataError
from .identity import contained, join, refuse_duplicates
from .table import FeatureTable, concatenate


class InjectionError(DataError):
    """An injection that is not possible."""


@dataclass(frozen=True)
class Injection:
    """Data with ``number`` signal events hidden in them, and the signal that is nowhere in the data."""

    table: FeatureTable
    remaining: FeatureTable
    number: int


def inject(data: FeatureTable, signal: FeatureTable, number: int, seed: int) -> Injection:
    """Hide ``number`` signal events in ``data``.

    Events are drawn without replacement, with a probability proportional to their weight; injected, each counts
    once (weight 1). The truth column says which they are; it is added where it is absent. Events of ``signal`` that are
    in ``data`` already, as a mixture may have them, are neither drawn nor left over. Errors: ``InjectionError`` for more
    events than there are and for weights that are not positive, ``DuplicateError`` when events of ``data``, or
    injected ones, occur twice, ``ColumnError`` when the tables differ in columns.
    """
    given, signal = len(signal), signal.where(~contained(signal.identity, data.identity))
    _refuse_too_many(number, len(signal), given - len(signal))
    chosen = np.zeros(len(signal), dtype=bool)
    chosen[_order(signal, seed)[:number]] = True
    injected = signal.where(chosen)
    injected = injected.with_columns(truth=_truth(injected, 1), weight=np.ones(number))
    data = data.with_columns(truth=_truth(data, 0))
    refuse_duplicates(join([data.identity, injected.identity]), "data with injected signal")
    return Injection(concatenate([data, injected]), signal.where(~chosen), number)


def expected_number(
    signal: FeatureTable, cross_section: float, luminosity: float, generated_sumw: float
) -> float:
    """Return the number of selected signal events at a cross section (pb) and luminosity (fb-1).

    ``signal`` holds the selected events, ``generated_sumw`` the sum of weights of all generated ones: their
    ratio is the acceptance.
    """
    if not generated_sumw > 0:
        raise InjectionError(
            f"generated sum of weights is {generated_sumw}; it must be positive: take it from the Runs tree "
            "of all files that the signal was selected from"
        )
    acceptance = float(np.sum(signal["weight"])) / generated_sumw
    return cross_section * luminosity * PB_PER_FB * acceptance


def inject_cross_section(
    data: FeatureTable,
    signal: FeatureTable,
    cross_section: float,
    luminosity: float,
    generated_sumw: float,
    seed: int,
) -> Injection:
    """Hide as many signal events as a cross section (pb) gives at a luminosity (fb-1), to the nearest integer."""
    number = expected_number(signal, cross_section, luminosity, generated_sumw)
    return inject(data, signal, floor(number + 0.5), seed)


def _refuse_too_many(number: int, available: int, present: int) -> None:
    """Refuse to draw more than is ``available``, or a signal of which all events are ``present`` in the data."""
    if not 0 <= number <= available or (present and not available):
        hidden = f", {present} others are in the data already" if present else ""
        raise InjectionError(
            f"{number} signal events asked for, between 0 and {available} are there{hidden}; inject fewer or simulate "
            "more"
        )


def _order(signal: FeatureTable, seed: int) -> NDArray[np.int64]:
    """Order events so that the first N are a weighted draw without replacement (doi:10.1016/j.ipl.2005.11.003)."""
    weight = signal["weight"]
    if not (weight > 0).all():
        raise InjectionError(
            f"{int((~(weight > 0)).sum())} signal events have weights that are not positive and cannot be drawn; "
            "use a sample with positive weights"
        )
    with np.errstate(divide="ignore"):
        return np.argsort(-np.log(1.0 - signal.uniform(f"injection-{seed}")) / weight, kind="stable")


def _truth(table: FeatureTable, value: int) -> NDArray[np.int8]:
    return np.asarray(table[TRUTH], np.int8) if TRUTH in table else np.full(len(table), value, np.int8)
