"""One fit range of a rule: the test of a mass in it, and whether the rule is content with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from .array import BoolArray, FloatArray
from .fitrange import RangeLoop
from .goodness import pearson
from .precision import point, relative_uncertainty
from .result import RangeTry
from .search import Null, Search, with_signal
from .variation import Variations


@dataclass(frozen=True, eq=False)
class Ranged:
    """A search in one fit range of a rule.

    Arguments:
        search: the spectra inside the range with their fitted backgrounds.
        template: expected events of one signal event in their bins, shape (n_bins,).
        columns: which bins of the whole spectra these are, shape (n_all_bins,).
        variations: nuisance parameters of the signal, of the one template; empty without any.

    """

    search: Search
    template: FloatArray
    columns: BoolArray
    variations: tuple[Variations, ...] = ()

    @property
    def varied(self) -> Variations | None:
        """The nuisance parameters of the template, if there are any."""
        return self.variations[0] if self.variations else None

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
            if not len(rows):
                continue
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
            passed=not bool(fails(p, p_signal, uncertainty, loop)[0]),
        )


def fails(p: FloatArray, p_signal: FloatArray, uncertainty: FloatArray, loop: RangeLoop) -> BoolArray:
    """Return which rows the rule is not content with; arguments as `Ranged.quality` returns them, shape (n_rows,)."""
    poor = (p < loop.background_p) & (p_signal < loop.signal_p)
    return np.asarray(poor | ~(uncertainty <= loop.largest_uncertainty), dtype=bool)


def _chance(counts: FloatArray, expected: FloatArray, n_parameters: int) -> FloatArray:
    """Return the p-value of Pearson's chi2 of each row, 1 without degrees of freedom."""
    if not len(counts):
        return np.ones(0)
    chi2, bins = pearson(counts, expected)
    ndof = bins - n_parameters
    return np.where(ndof > 0, chi2_distribution.sf(chi2, np.maximum(ndof, 1)), 1.0)
