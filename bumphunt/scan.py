"""Scans for an excess over resonance masses, in which each mass uses the spectrum of its own window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .array import FloatArray
from .family import Family
from .fit import EVERYTHING, FitRange, Fitted, usable
from .ftest import Rule, rule
from .result import ScanPoint, ScanResult
from .search import Search, with_signal
from .signal import Signal, SignalError
from .significance import ENOUGH_BACKGROUND, background_under, p_local
from .spectrum import Spectrum

Group = tuple[Sequence[float], Spectrum | Sequence[Spectrum]]


def scan(
    groups: Sequence[Group],
    background: Family | Rule,
    signal: Signal,
    fit_range: FitRange = EVERYTHING,
    shares: Sequence[float] = (1.0,),
) -> ScanResult:
    """Test for a resonance at every mass.

    Arguments:
        groups: (masses, spectra) of each window: resonance masses in GeV, and the spectrum selected for them, or one
            spectrum per category. One group with all masses is the search without windows.
        background: a family, or a rule that chooses one; every category has parameters of its own.
        signal: the signal shape.
        fit_range: low and high mass in GeV.
        shares: which part of the signal falls into each category.

    Returns:
        The points in increasing mass; p_global is None until toys were made (`global_p`).

    Raises:
        SignalError: if there are no masses, or one is outside the fitted range.

    """
    windows = prepared(groups, background, signal, fit_range, shares)
    points = [point for window in windows for point in _points(window)]
    texts = [f"the fit at {point.mass:g} GeV did not converge" for point in points if not point.valid]
    low = [f"{point.mass:g}" for point in points if not point.asymptotic_valid]
    if low:
        texts.append(
            f"fewer than {ENOUGH_BACKGROUND:g} background events under the signal at {', '.join(low)} GeV: "
            "the asymptotic p-value is not valid there; use toys"
        )
    return ScanResult(tuple(sorted(points, key=lambda point: (point.mass, point.group))), None, tuple(texts))


@dataclass(frozen=True, eq=False)
class Window:
    """The fitted spectra of one group with the templates of its masses.

    Arguments:
        index: of the group.
        search: its spectra with fitted backgrounds.
        masses: resonance masses in GeV.
        templates: shape (n_masses, n_bins).

    """

    index: int
    search: Search
    masses: tuple[float, ...]
    templates: FloatArray


def prepared(
    groups: Sequence[Group],
    background: Family | Rule,
    signal: Signal,
    fit_range: FitRange = EVERYTHING,
    shares: Sequence[float] = (1.0,),
) -> list[Window]:
    """Fit the background of every group and make the templates of its masses; arguments as in `scan`."""
    windows = []
    for index, (masses, given) in enumerate(groups):
        spectra = [given] if isinstance(given, Spectrum) else list(given)
        search = Search.on([usable(spectrum, fit_range) for spectrum in spectra], rule(background))
        templates = [search.template(signal, mass, shares) for mass in masses]
        if templates:
            windows.append(Window(index, search, tuple(float(mass) for mass in masses), np.stack(templates)))
    if not windows:
        msg = "no masses to scan; give at least one group (masses, spectrum) with a mass"
        raise SignalError(msg)
    return windows


def _points(window: Window) -> list[ScanPoint]:
    search = window.search
    null = search.null.minima[search.chosen]
    r, _, valid = search.roots(search.counts, window.templates, search.null)
    points = []
    for column, (mass, template) in enumerate(zip(window.masses, window.templates, strict=True)):
        minimum = with_signal(search.basis, search.counts, template, null.expected, null.point)
        covariance = Fitted(search.basis, search.counts, minimum, template).covariance()
        under = background_under(template, search.expected)
        points.append(
            ScanPoint(
                mass=mass,
                group=window.index,
                function=search.family.formula,
                strength=float(minimum.strength[0]),
                error=None if covariance is None else float(np.sqrt(covariance[-1, -1])),
                r=float(r[0, column]),
                p_local=float(p_local(r[0, column])),
                background=under,
                asymptotic_valid=under >= ENOUGH_BACKGROUND,
                valid=bool(valid[0, column]),
            )
        )
    return points
