"""The measurement of a signal strength in thousands of spectra at once.

The function is chosen, or profiled, again for every spectrum.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .array import BoolArray, FloatArray, IntArray
from .likelihood import Likelihood
from .scoring import Minimum, minimise
from .search import Null, Search, with_signal
from .whitened import Basis

LEAST = 1e-6  # information on the strength, of that with the background known; below it is rounding


@dataclass(frozen=True, eq=False)
class Best:
    """The best signal strength of each row.

    Arguments:
        strength: fitted number of signal events, shape (n_rows,).
        error: its standard deviation from the second derivatives at the minimum, NaN without one, shape (n_rows,).
        nll: negative log likelihood with its penalty, shape (n_rows,).
        valid: whether the fits converged, shape (n_rows,).

    """

    strength: FloatArray
    error: FloatArray
    nll: FloatArray
    valid: BoolArray


@dataclass(frozen=True, eq=False)
class Measurement:
    """The likelihood of rows of counts as a function of the signal strength, the background profiled.

    Arguments:
        search: the whitened backgrounds and the rule.
        template: expected events of one signal event, shape (n_bins,).
        counts: shape (n_rows, n_bins).
        null: their fits without a signal, with the choice of the rule for each row.

    """

    search: Search
    template: FloatArray
    counts: FloatArray
    null: Null

    @classmethod
    def of(cls, search: Search, template: FloatArray, counts: FloatArray) -> Measurement:
        """Fit the backgrounds to rows of counts."""
        return cls(search, template, counts, search.refit(counts))

    @cached_property
    def best(self) -> Best:
        """The fit with a free strength, which may be negative."""
        n = len(self.counts)
        best = Best(np.zeros(n), np.full(n, np.nan), np.full(n, np.inf), np.ones(n, dtype=bool))
        for basis, rows, start, penalty in self._branches():
            fit = with_signal(basis, self.counts[rows], self.template, start.expected, start.point)
            best.valid[rows] &= fit.converged & start.converged
            lower = fit.nll + penalty < best.nll[rows]
            better, fit = rows[lower], fit.rows(lower)
            best.strength[better], best.nll[better] = fit.strength, fit.nll + penalty
            if len(better):
                best.error[better] = self._error(basis, better, fit)
        return best

    def nll(self, strength: float) -> tuple[FloatArray, BoolArray]:
        """Return the likelihood at one strength with its penalty, and whether its fits converged, shape (n_rows,)."""
        nll, valid = np.full(len(self.counts), np.inf), np.ones(len(self.counts), dtype=bool)
        for basis, rows, start, penalty in self._branches():
            fit = start if strength == 0 else self._fixed(basis, rows, start, strength)
            nll[rows] = np.minimum(nll[rows], fit.nll + penalty)
            valid[rows] &= fit.converged
        return nll, valid

    def root(self, strength: float) -> tuple[FloatArray, BoolArray]:
        """Return the signed distance of the best strength from another one, in standard deviations.

        It is sign(best - strength) sqrt(2 (NLL(strength) - NLL(best))). The interval of the profile likelihood at z
        standard deviations contains the strength if its size is at most z.

        Returns:
            Root, and whether all fits converged, each of shape (n_rows,).

        """
        nll, valid = self.nll(strength)
        root = np.sqrt(np.maximum(2 * (nll - self.best.nll), 0))
        return np.sign(self.best.strength - strength) * root, valid & self.best.valid

    @property
    def asimov(self) -> Measurement:
        """The same of the fitted backgrounds themselves, with the function of each row."""
        means = np.stack([minimum.expected for minimum in self.null.minima])
        counts = means[self.null.choice, np.arange(len(self.counts))]
        minima = self.search.refit(counts).minima
        return Measurement(self.search, self.template, counts, Null(minima, self.null.choice))

    def _branches(self) -> Iterator[tuple[Basis, IntArray, Minimum, float]]:
        """Yield background, rows, their fits without a signal and penalty of each family that counts for them."""
        price = self.search.rule.penalty or 0.0
        _, fitted = self.search.profiled(self.null)
        for basis, minimum, counting in zip(self.search.bases, self.null.minima, fitted, strict=True):
            rows = np.flatnonzero(counting)
            yield basis, rows, minimum.rows(rows), price * basis.n_parameters

    def _fixed(self, basis: Basis, rows: IntArray, start: Minimum, strength: float) -> Minimum:
        fixed = np.full(len(rows), strength)
        return minimise(Likelihood(basis, self.counts[rows], self.template[None, :], fixed), start.point)

    def _error(self, basis: Basis, rows: IntArray, fit: Minimum) -> FloatArray:
        likelihood = Likelihood(basis, self.counts[rows], self.template[None, :])
        information = likelihood.information(likelihood.evaluate(fit.point))
        known = np.asarray(np.isfinite(information).all((1, 2)))
        values, vectors = np.linalg.eigh(np.where(known[:, None, None], information, 0.0))
        known &= values[:, 0] > LEAST
        variance = (vectors[:, -1] ** 2 / np.where(known[:, None], values, 1.0)).sum(-1)
        return np.asarray(np.where(known, np.sqrt(variance), np.nan) * likelihood.unit, dtype=float)
