"""The windows of a scan: fitted spectra with the templates of the masses that are tested on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .array import BoolArray, FloatArray
from .family import Family
from .fitrange import EVERYTHING, FitRange, RangeLoop, usable
from .ftest import Rule, rule
from .largest import largest_roots
from .masstest import MassTest, at_mass
from .nuisance import Nuisance, variations
from .scanresult import ScanResult
from .search import Null, Search
from .signal import Signal, SignalError
from .spectrum import Spectrum
from .variation import Variations

Group = tuple[Sequence[float], Spectrum | Sequence[Spectrum]]
Signals = Signal | Mapping[str, Signal]
Shares = Sequence[float] | Sequence[Sequence[float]]
"""Which part of the signal falls into each category, the same in all groups or one sequence for each."""
SAME = 1e-3


class ScanError(ValueError):
    """Raised when a scan is not the one of the groups that it is given with."""


@dataclass(frozen=True, eq=False)
class Window:
    """The fitted spectra of one group with the templates of its masses.

    Arguments:
        index: of the group.
        search: its spectra with fitted backgrounds.
        masses: resonance mass of each template in GeV.
        templates: shape (n_templates, n_bins).
        signals: name of the signal shape of each template, empty if there is only one.
        test: the one mass, if function or range are chosen for each mass anew; otherwise None.
        variations: nuisance parameters of each template; empty without any.
        stream: index of the first group with the same spectra; their toys are the same.
        truth: expected events that toys are drawn from, in all bins that toys have.

    """

    index: int
    search: Search
    masses: tuple[float, ...]
    templates: FloatArray
    signals: tuple[str, ...]
    test: MassTest | None
    variations: tuple[Variations, ...]
    stream: int
    truth: FloatArray

    def roots(
        self, counts: FloatArray, excesses_only: bool = False
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Test every template on rows of counts; arguments and result as in `Search.roots`."""
        if self.test is not None:
            return self.test.roots(counts, excesses_only)
        return self._roots(counts, self.search.refit(counts), excesses_only)

    def observed(self) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Test every template on the observed counts; result as in `Search.roots`, of one row."""
        return self._roots(self.search.counts, self.search.null, False)

    def _roots(
        self, counts: FloatArray, null: Null, excesses_only: bool
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        if not self.variations:
            return self.search.roots(counts, self.templates, null, excesses_only)
        found = [
            self.search.roots(counts, template[None, :], null, excesses_only, varied)
            for template, varied in zip(self.templates, self.variations, strict=True)
        ]
        r, strength, valid = zip(*found, strict=True)
        return np.concatenate(r, axis=1), np.concatenate(strength, axis=1), np.concatenate(valid, axis=1)

    def largest(self, counts: FloatArray) -> FloatArray:
        """Return the largest root of each row, zero without an excess and NaN where a fit failed, shape (n_rows,)."""
        if self.test is None and not self.variations:
            largest, valid = largest_roots(self.search, counts, self.templates)
        else:
            r, _, converged = self.roots(counts, excesses_only=True)
            largest, valid = np.maximum(r.max(-1), 0), np.asarray(converged.all(-1))
        return np.where(valid, largest, np.nan)


def prepared(
    groups: Sequence[Group],
    background: Family | Rule,
    signal: Signals,
    fit_range: FitRange = EVERYTHING,
    shares: Shares = (1.0,),
    nuisances: Sequence[Nuisance] = (),
) -> list[Window]:
    """Fit the background of every group and make the templates of its masses; arguments as in `scan`."""
    windows: list[Window] = []
    chooser = rule(background)
    shapes = signal if isinstance(signal, Mapping) else {"": signal}
    for index, (masses, given) in enumerate(groups):
        spectra = [given] if isinstance(given, Spectrum) else list(given)
        tested = [(float(mass), name) for mass in masses for name in shapes]
        own = shares_of(shares, index)
        if isinstance(fit_range, RangeLoop) or chooser.needs_mass:
            windows += _one_by_one(index, tested, spectra, chooser, shapes, fit_range, own, nuisances)
        elif tested:
            search = Search.on([usable(spectrum, fit_range) for spectrum in spectra], chooser)
            windows.append(_together(index, tested, search, shapes, own, nuisances))
    if not windows:
        msg = "no masses to scan; give at least one group (masses, spectrum) with a mass"
        raise SignalError(msg)
    return _joint(windows, groups)


def shares_of(shares: Shares, group: int) -> Sequence[float]:
    """Return the shares of one group.

    >>> shares_of((0.6, 0.4), 1), shares_of([(1.0,), (0.6, 0.4)], 1)
    ((0.6, 0.4), (0.6, 0.4))
    """
    return shares[group] if np.ndim(shares[0]) else shares  # type: ignore[return-value]


def check_scan(observed: ScanResult, windows: Sequence[Window]) -> None:
    """Check that a scan is that of fitted windows: the same masses, signals and roots.

    Raises:
        ScanError: if it is of others.

    """
    given = {(p.group, p.mass, p.signal): p.r if p.valid else np.nan for p in observed.points}
    tested: dict[tuple[int, float, str], float] = {}
    for window in windows:
        r, _, valid = window.observed()
        keys = [(window.index, *one) for one in zip(window.masses, window.signals, strict=True)]
        tested |= zip(keys, np.where(valid, r, np.nan)[0].tolist(), strict=True)
    for group, mass, name in sorted(given.keys() | tested.keys()):
        one = group, mass, name
        differs = _difference(given.get(one), tested.get(one))
        if differs:
            msg = (
                f"the scan is not that of these groups: {mass:g} GeV{name and f' with {name}'} of group {group} "
                f"{differs}; give the groups, background, signal and options that were scanned"
            )
            raise ScanError(msg)


def _difference(given: float | None, tested: float | None) -> str:
    """Return how the root of a scan and that of its groups differ, empty if they do not or a fit failed."""
    if given is None or tested is None:
        return f"is only in the {'groups' if given is None else 'scan'}"
    if np.isnan(given - tested) or np.isclose(given, tested, rtol=SAME, atol=SAME):
        return ""
    return f"has r = {given:.4g} in the scan and {tested:.4g} in the groups"


def _together(
    index: int,
    tested: Sequence[tuple[float, str]],
    search: Search,
    shapes: Mapping[str, Signal],
    shares: Sequence[float],
    nuisances: Sequence[Nuisance],
) -> Window:
    edges = [spectrum.edges for spectrum in search.spectra]
    varied = [variations(shapes[name], edges, mass, nuisances, shares) for mass, name in tested if nuisances]
    return Window(
        index,
        search,
        tuple(mass for mass, _ in tested),
        np.stack([search.template(shapes[name], mass, shares) for mass, name in tested]),
        tuple(name for _, name in tested),
        None,
        tuple(varied),
        index,
        search.expected,
    )


def _one_by_one(
    index: int,
    tested: Sequence[tuple[float, str]],
    spectra: Sequence[Spectrum],
    chooser: Rule,
    shapes: Mapping[str, Signal],
    fit_range: FitRange,
    shares: Sequence[float],
    nuisances: Sequence[Nuisance],
) -> list[Window]:
    """Make a window for each mass; their toys are the same, drawn from the fit for the middle mass."""
    tests = [
        at_mass(spectra, chooser, shapes[name], mass, fit_range, shares, nuisances) for mass, name in tested
    ]
    return [
        Window(
            index,
            test.search,
            (mass,),
            test.template[None, :],
            (name,),
            test,
            test.variations,
            index,
            tests[len(tests) // 2].expected,
        )
        for (mass, name), test in zip(tested, tests, strict=True)
    ]


def _joint(windows: Sequence[Window], groups: Sequence[Group]) -> list[Window]:
    """Let groups with the same spectra share their toys: they are tests of the same events."""
    first: dict[tuple[bytes, ...], Window] = {}
    joint = []
    for window in windows:
        given = groups[window.index][1]
        spectra = [given] if isinstance(given, Spectrum) else list(given)
        same = first.setdefault(tuple(s.edges.tobytes() + s.counts.tobytes() for s in spectra), window)
        joint.append(replace(window, stream=same.index, truth=same.truth))
    return joint
