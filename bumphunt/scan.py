"""Scans for an excess over resonance masses, in which each mass uses the spectrum of its own window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .array import FloatArray
from .family import Family
from .fitrange import EVERYTHING, FitRange
from .fitted import Fitted
from .ftest import Rule
from .nuisance import Nuisance
from .scanresult import ScanPoint, ScanResult
from .search import Search, with_signal
from .significance import ENOUGH_BACKGROUND, background_under, p_local
from .variation import Variations
from .window import Group, Shares, Signals, Window, prepared


def scan(
    groups: Sequence[Group],
    background: Family | Rule,
    signal: Signals,
    fit_range: FitRange = EVERYTHING,
    shares: Shares = (1.0,),
    nuisances: Sequence[Nuisance] = (),
) -> ScanResult:
    """Test for a resonance at every mass.

    Arguments:
        groups: (masses, spectra) of each window: resonance masses in GeV, and the spectrum selected for them, or one
            spectrum per category. One group with all masses is the search without windows.
        background: a family, or a rule that chooses one; every category has parameters of its own.
        signal: the signal shape, or several by name, such as Gaussians of several widths.
        fit_range: low and high mass in GeV, or a `RangeLoop`, which is applied at each mass.
        shares: which part of the signal falls into each category; or one sequence of them for each group.
        nuisances: of the signal. Those of the yield change no significance; scale and resolution do.

    Returns:
        The points in increasing mass, the signals of one mass in the order given; p_global is None until toys were
        made (`global_p`).

    Raises:
        SignalError: if there are no masses, or one is outside the fitted range.

    """
    windows = prepared(groups, background, signal, fit_range, shares, nuisances)
    points = [point for window in windows for point in _points(window)]
    texts = [f"the fit at {point.mass:g} GeV did not converge" for point in points if not point.valid]
    texts += [f"{w.masses[0]:g} GeV: {text}" for w in windows if w.test for text in w.test.warnings]
    low = [f"{point.mass:g}" for point in points if not point.asymptotic_valid]
    if low:
        texts.append(
            f"fewer than {ENOUGH_BACKGROUND:g} background events under the signal at {', '.join(low)} GeV: "
            "the asymptotic p-value is not valid there; use toys"
        )
    return ScanResult(tuple(sorted(points, key=lambda point: (point.mass, point.group))), None, tuple(texts))


def _points(window: Window) -> list[ScanPoint]:
    search = window.search
    r, strength, valid = window.observed()
    points = []
    for column, (mass, template) in enumerate(zip(window.masses, window.templates, strict=True)):
        under = background_under(template, search.expected)
        points.append(
            ScanPoint(
                mass=mass,
                group=window.index,
                function=search.family.formula,
                strength=float(strength[0, column]),
                error=_error(search, template, window.variations[column] if window.variations else None),
                r=float(r[0, column]),
                p_local=float(p_local(r[0, column])),
                background=under,
                asymptotic_valid=under >= ENOUGH_BACKGROUND,
                valid=bool(valid[0, column]),
                signal=window.signals[column],
            )
        )
    return points


def _error(search: Search, template: FloatArray, varied: Variations | None) -> float | None:
    """Return the standard deviation of the strength at the minimum, or None where it has no such minimum."""
    null = search.null.minima[search.chosen]
    minimum = with_signal(search.basis, search.counts, template, null.expected, null.point, varied)
    covariance = Fitted(search, search.family, search.basis, minimum, template, varied).covariance
    return None if covariance is None else float(np.sqrt(covariance[-1, -1]))
