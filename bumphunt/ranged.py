"""Tests of one mass in which a rule narrows the fit range, for data and again for every toy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from .array import BoolArray, FloatArray
from .background import BinnedBackground, joined
from .fitrange import RangeLoop, usable
from .ftest import Rule
from .goodness import pearson
from .precision import point, relative_uncertainty
from .result import RangeTry
from .search import Null, Search, with_signal
from .signal import Signal
from .spectrum import FitRangeError, Spectrum


@dataclass(frozen=True, eq=False)
class Ranged:
    """A search in one fit range of a rule.

    Arguments:
        search: the spectra inside the range with their fitted backgrounds.
        template: expected events of one signal event in their bins, shape (n_bins,).
        columns: which bins of the whole spectra these are, shape (n_all_bins,).

    """

    search: Search
    template: FloatArray
    columns: BoolArray

    def quality(
        self, counts: FloatArray, null: Null, mass: float, loop: RangeLoop
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return p-value without signal, with signal (NaN where not asked for), and relative uncertainty at the mass.

        Arguments:
            counts: in the bins of this range, shape (n_rows, n_bins).
            null: their fits without a signal.
            mass: resonance mass in GeV.
            loop: the rule.

        Returns:
            Three arrays of shape (n_rows,).

        """
        p, p_signal, uncertainty = np.ones(len(counts)), np.full(len(counts), np.nan), np.zeros(len(counts))
        for index, (family, basis) in enumerate(
            zip(self.search.rule.families, self.search.bases, strict=True)
        ):
            rows = np.flatnonzero(null.choice == index)
            fit = null.minima[index].rows(rows)
            at = point(family, mass, len(self.search.spectra))
            p[rows] = _chance(counts[rows], fit.expected, basis.n_parameters)
            uncertainty[rows] = relative_uncertainty(basis, fit, at)
            bad = p[rows] < loop.background_p
            some, fit = rows[bad], fit.rows(bad)
            found = with_signal(basis, counts[some], self.template, fit.expected, fit.point)
            p_signal[some] = _chance(counts[some], found.expected, basis.n_parameters + 1)
        return p, p_signal, uncertainty

    def tried(self, mass: float, loop: RangeLoop) -> RangeTry:
        """Return what the rule says of the observed counts."""
        p, p_signal, uncertainty = self.quality(self.search.counts, self.search.null, mass, loop)
        return RangeTry(
            low=float(min(spectrum.edges[0] for spectrum in self.search.spectra)),
            high=float(max(spectrum.edges[-1] for spectrum in self.search.spectra)),
            function=self.search.family.formula,
            p_background=float(p[0]),
            p_signal=None if np.isnan(p_signal[0]) else float(p_signal[0]),
            uncertainty=float(uncertainty[0]),
            passed=not bool(_fails(p, p_signal, uncertainty, loop)[0]),
        )


def _fails(p: FloatArray, p_signal: FloatArray, uncertainty: FloatArray, loop: RangeLoop) -> BoolArray:
    poor = (p < loop.background_p) & (p_signal < loop.signal_p)
    return np.asarray(poor | ~(uncertainty <= loop.largest_uncertainty), dtype=bool)


def _chance(counts: FloatArray, expected: FloatArray, n_parameters: int) -> FloatArray:
    """Return the p-value of Pearson's chi2 of each row, 1 without degrees of freedom."""
    if not len(counts):
        return np.ones(0)
    chi2, bins = pearson(counts, expected)
    ndof = bins - n_parameters
    return np.where(ndof > 0, chi2_distribution.sf(chi2, np.maximum(ndof, 1)), 1.0)


@dataclass(frozen=True, eq=False)
class RangeSearch:
    """The test of one mass in which the fit range is narrowed by a rule, for data and again for every toy.

    Arguments:
        spectra: whole spectra, one per category.
        rule: chooses among the families in every range.
        signal: the signal shape.
        mass: resonance mass in GeV.
        loop: the rule for the range.
        shares: which part of the signal falls into each category.
        tried: the ranges that were tried on data.
        history: what was found in them.

    """

    spectra: tuple[Spectrum, ...]
    rule: Rule
    signal: Signal
    mass: float
    loop: RangeLoop
    shares: tuple[float, ...]
    tried: tuple[Ranged, ...] = ()
    history: tuple[RangeTry, ...] = ()

    @classmethod
    def on(
        cls,
        spectra: Sequence[Spectrum],
        rule: Rule,
        signal: Signal,
        mass: float,
        loop: RangeLoop,
        shares: Sequence[float] = (1.0,),
    ) -> RangeSearch:
        """Narrow the range until the fit of the observed counts passes; arguments as in the class."""
        start = cls(tuple(spectra), rule, signal, mass, loop, tuple(shares))
        tried: list[Ranged] = []
        history: list[RangeTry] = []
        for ranged in start._ranges():
            tried.append(ranged)
            history.append(ranged.tried(mass, loop))
            if history[-1].passed:
                break
        return replace(start, tried=tuple(tried), history=tuple(history))

    @property
    def taken(self) -> Ranged:
        """The range that data took: the one that passed, or the whole range if none did."""
        return self.tried[-1] if self.history[-1].passed else self.tried[0]

    @cached_property
    def steps(self) -> tuple[Ranged, ...]:
        """All ranges of the rule that can be fitted; toys may need more of them than data."""
        return tuple(self._ranges())

    @cached_property
    def expected(self) -> FloatArray:
        """Events in all bins of the whole spectra by the fit in the range that data took, shape (n_all_bins,)."""
        search = self.taken.search
        theta = search.basis.theta(search.null.minima[search.chosen].point[0])
        whole = joined([BinnedBackground.on(spectrum.edges, search.family) for spectrum in self.spectra])
        return whole.expected(theta)

    def roots(self, counts: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Test the mass on rows of counts, each in the range that the rule takes for it.

        Arguments:
            counts: of all bins, shape (n_rows, n_all_bins).

        Returns:
            As `Search.roots` for one template, each of shape (n_rows, 1).

        """
        r, strength = np.zeros((len(counts), 1)), np.zeros((len(counts), 1))
        valid, rows = np.zeros((len(counts), 1), dtype=bool), np.arange(len(counts))
        for ranged in self.steps:
            some = counts[rows][:, ranged.columns]
            null = ranged.search.refit(some)
            failed = _fails(*ranged.quality(some, null, self.mass, self.loop), self.loop)
            done = rows[~failed]
            found = ranged.search.roots(some[~failed], ranged.template[None, :], null.rows(~failed))
            r[done], strength[done], valid[done] = found
            rows = rows[failed]
            if not len(rows):
                return r, strength, valid
        whole = self.steps[0]
        r[rows], strength[rows], valid[rows] = whole.search.roots(
            counts[rows][:, whole.columns], whole.template[None, :]
        )
        return r, strength, valid

    def _ranges(self) -> Iterator[Ranged]:
        """Yield the ranges that differ and can be fitted; the first has to be."""
        ends = min(s.edges[0] for s in self.spectra), max(s.edges[-1] for s in self.spectra)
        before = -1
        for number, bounds in enumerate(self.loop.ranges(float(ends[0]), float(ends[1]), self.mass)):
            columns = np.concatenate(
                [(s.edges[:-1] >= bounds[0]) & (s.edges[1:] <= bounds[1]) for s in self.spectra]
            )
            if columns.sum() == before:
                continue
            before = int(columns.sum())
            try:
                inside = [usable(spectrum, bounds) for spectrum in self.spectra]
                search = Search.on(inside, self.rule, self.mass)
            except FitRangeError:
                if number == 0:
                    raise
                continue
            yield Ranged(search, search.template(self.signal, self.mass, self.shares), columns)
