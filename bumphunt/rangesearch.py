"""Tests of one mass in which a rule narrows the fit range, for data and again for every toy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .array import BoolArray, FloatArray
from .fitrange import RangeLoop, usable
from .ftest import Rule
from .nuisance import Nuisance, variations
from .placed import joined, place
from .ranged import Ranged, fails
from .result import RangeTry
from .search import Search
from .signal import Signal
from .spectrum import FitRangeError, Spectrum


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
        nuisances: of the signal; the range is chosen without them.
        tried: the ranges that were tried on data.
        history: what was found in them.

    """

    spectra: tuple[Spectrum, ...]
    rule: Rule
    signal: Signal
    mass: float
    loop: RangeLoop
    shares: tuple[float, ...]
    nuisances: tuple[Nuisance, ...] = ()
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
        nuisances: Sequence[Nuisance] = (),
    ) -> RangeSearch:
        """Narrow the range until the fit of the observed counts passes; arguments as in the class."""
        start = cls(tuple(spectra), rule, signal, mass, loop, tuple(shares), tuple(nuisances))
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
        whole = joined([place(spectrum.edges, search.family) for spectrum in self.spectra])
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
            failed = fails(*ranged.quality(some, null, self.mass, self.loop), self.loop)
            done = rows[~failed]
            found = ranged.search.roots(
                some[~failed],
                ranged.template[None, :],
                null.rows(~failed),
                variations=ranged.varied,
            )
            r[done], strength[done], valid[done] = found
            rows = rows[failed]
            if not len(rows):
                return r, strength, valid
        whole = self.steps[0]
        r[rows], strength[rows], valid[rows] = whole.search.roots(
            counts[rows][:, whole.columns], whole.template[None, :], variations=whole.varied
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
                template = search.template(self.signal, self.mass, self.shares)
            except FitRangeError:
                if number == 0:
                    raise
                continue
            edges = [spectrum.edges for spectrum in inside]
            varied = variations(self.signal, edges, self.mass, self.nuisances, self.shares)
            yield Ranged(search, template, columns, (varied,) if self.nuisances else ())
