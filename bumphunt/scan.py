"""Scans for an excess over resonance masses, in which each mass uses the spectrum of its own window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .array import BoolArray, FloatArray
from .family import Family
from .fit import Fitted
from .fitrange import EVERYTHING, FitRange, RangeLoop, usable
from .ftest import Rule, rule
from .masstest import MassTest, at_mass
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
        fit_range: low and high mass in GeV, or a `RangeLoop`, which is applied at each mass.
        shares: which part of the signal falls into each category.

    Returns:
        The points in increasing mass; p_global is None until toys were made (`global_p`).

    Raises:
        SignalError: if there are no masses, or one is outside the fitted range.

    """
    windows = prepared(groups, background, signal, fit_range, shares)
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


@dataclass(frozen=True, eq=False)
class Window:
    """The fitted spectra of one group with the templates of its masses.

    Arguments:
        index: of the group.
        search: its spectra with fitted backgrounds.
        masses: resonance masses in GeV.
        templates: shape (n_masses, n_bins).
        test: the one mass, if function or range are chosen for each mass anew; otherwise None.
        drawn: expected events of its toys, the same for all masses of a group, in all their bins.

    """

    index: int
    search: Search
    masses: tuple[float, ...]
    templates: FloatArray
    test: MassTest | None = None
    drawn: FloatArray | None = None

    @property
    def truth(self) -> FloatArray:
        """Expected events that toys are drawn from, shape (n_bins,)."""
        return self.search.expected if self.drawn is None else self.drawn

    def excesses(self, counts: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Return the signed roots of rows of counts, and whether their fits converged, shape (n_rows, n_masses).

        Where the score shows a deficit, the root may be left at zero.
        """
        if self.test is None:
            r, _, valid = self.search.roots(counts, self.templates, excesses_only=True)
        else:
            r, _, valid = self.test.roots(counts, excesses_only=True)
        return r, valid


def prepared(
    groups: Sequence[Group],
    background: Family | Rule,
    signal: Signal,
    fit_range: FitRange = EVERYTHING,
    shares: Sequence[float] = (1.0,),
) -> list[Window]:
    """Fit the background of every group and make the templates of its masses; arguments as in `scan`."""
    windows: list[Window] = []
    chooser = rule(background)
    for index, (masses, given) in enumerate(groups):
        spectra = [given] if isinstance(given, Spectrum) else list(given)
        if isinstance(fit_range, RangeLoop) or chooser.needs_mass:
            tests = [at_mass(spectra, chooser, signal, mass, fit_range, shares) for mass in masses]
            windows += _one_by_one(index, masses, tests)
            continue
        search = Search.on([usable(spectrum, fit_range) for spectrum in spectra], chooser)
        templates = [search.template(signal, mass, shares) for mass in masses]
        if templates:
            windows.append(Window(index, search, tuple(float(mass) for mass in masses), np.stack(templates)))
    if not windows:
        msg = "no masses to scan; give at least one group (masses, spectrum) with a mass"
        raise SignalError(msg)
    return windows


def _one_by_one(index: int, masses: Sequence[float], tests: Sequence[MassTest]) -> list[Window]:
    """Make a window for each mass; their toys are the same, drawn from the fit for the middle mass."""
    drawn = tests[len(tests) // 2].expected if tests else None
    return [
        Window(index, test.search, (float(mass),), test.template[None, :], test, drawn)
        for mass, test in zip(masses, tests, strict=True)
    ]


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
