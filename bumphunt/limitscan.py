"""Upper limits over resonance masses, in which each mass uses the spectra of its own window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, Unpack

from .family import Family
from .fitrange import EVERYTHING, FitRange
from .ftest import Rule
from .limit import Method, limit
from .limit_result import LimitScan
from .nuisance import Nuisance
from .signal import Signal, SignalError
from .toy_limit import Progress
from .window import Group, Shares, shares_of


class LimitOptions(TypedDict, total=False):
    """Options of `limit` that are the same for all masses."""

    nuisances: Sequence[Nuisance]
    level: float
    method: Method
    strengths: Sequence[float]
    blind: bool
    n_toys: int
    seed: int
    progress: Progress | None


def limits(
    groups: Sequence[Group],
    background: Family | Rule,
    signal: Signal,
    *,
    fit_range: FitRange = EVERYTHING,
    shares: Shares = (1.0,),
    **options: Unpack[LimitOptions],
) -> LimitScan:
    """Return the upper limit on the number of signal events at every mass.

    Arguments:
        groups: (masses, spectra) of each window: resonance masses in GeV, and the spectrum selected for them, or one
            spectrum per category.
        background: a family, or a rule that chooses one or profiles over several.
        signal: the signal shape.
        fit_range: low and high mass in GeV, or a `RangeLoop`, which is applied at each mass.
        shares: which part of the signal falls into each category; or one sequence of them for each group.
        options: the other options of `limit`, the same for all masses.

    Raises:
        SignalError: if there are no masses, or one is outside the fitted range.

    """
    found = [
        limit(
            spectra, background, signal, mass, fit_range=fit_range, shares=shares_of(shares, index), **options
        )
        for index, (masses, spectra) in enumerate(groups)
        for mass in masses
    ]
    if not found:
        msg = "no masses to set limits at; give at least one group (masses, spectrum) with a mass"
        raise SignalError(msg)
    return LimitScan(tuple(sorted(found, key=lambda one: one.mass)))
