"""The likelihood of a signal, profiled over background, nuisance parameters and, for some rules, functions."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from .array import BoolArray, FloatArray
from .deepest import deepest
from .likelihood import Likelihood
from .scoring import Minimum
from .search import Search
from .variation import Variations
from .whitened import Basis


@dataclass(frozen=True, eq=False)
class Profiled:
    """Minima of rows of counts.

    Arguments:
        nll: negative log likelihood with constraint terms and the penalty of the function, shape (n_rows,).
        strength: number of signal events, shape (n_rows,).
        slope: derivative of the profiled likelihood with the strength, shape (n_rows,).
        expected: expected events, shape (n_rows, n_bins).
        nuisances: shape (n_rows, n_nuisances).
        converged: whether the fits of all competing functions converged, shape (n_rows,).

    """

    nll: FloatArray
    strength: FloatArray
    slope: FloatArray
    expected: FloatArray
    nuisances: FloatArray
    converged: BoolArray

    def put(self, index: Any, other: Profiled, chosen: Any) -> None:
        """Overwrite some rows with the chosen ones of another."""
        for field in fields(self):
            getattr(self, field.name)[index] = getattr(other, field.name)[chosen]

    def brief(self) -> Profiled:
        """Leave the expected events out, of which there are many."""
        return replace(self, expected=np.empty((len(self.nll), 0)))


@dataclass(frozen=True, eq=False)
class SignalProfile:
    """The profile likelihood of one signal.

    Where the rule has a penalty, all its functions compete and the smallest penalised likelihood counts (discrete
    profiling, arXiv:1408.6865); otherwise the one that the rule chooses for a row.

    Arguments:
        search: the fitted spectra.
        template: expected events of one signal event, shape (n_bins,).
        variations: nuisance parameters of the signal, if any.

    """

    search: Search
    template: FloatArray
    variations: Variations | None = None

    @property
    def n_nuisances(self) -> int:
        """Number of nuisance parameters."""
        return 0 if self.variations is None else len(self.variations)

    @property
    def penalty(self) -> float:
        """What a parameter costs in the comparison of functions."""
        return self.search.rule.penalty or 0.0

    def observed(self, n_rows: int) -> BoolArray:
        """Return the functions that compete for the observed counts, shape (n_functions, n_rows)."""
        n = len(self.search.bases)
        if self.search.rule.penalty is not None:
            return np.ones((n, n_rows), dtype=bool)
        return np.repeat(np.arange(n)[:, None] == self.search.chosen, n_rows, axis=1)

    def competing(self, counts: FloatArray) -> BoolArray:
        """Return the functions that compete for rows of counts, shape (n_functions, n_rows)."""
        if len(self.search.bases) == 1 or self.search.rule.penalty is not None:
            return self.observed(len(counts))
        choice = self.search.refit(counts).choice
        return np.asarray(choice == np.arange(len(self.search.bases))[:, None], dtype=bool)

    def fit(
        self,
        counts: FloatArray,
        competing: BoolArray,
        strength: FloatArray | None = None,
        centres: FloatArray | None = None,
    ) -> Profiled:
        """Fit rows of counts.

        Arguments:
            counts: shape (n_rows, n_bins).
            competing: which functions to fit to which row, shape (n_functions, n_rows).
            strength: fixed number of signal events, shape (n_rows,); None fits it, not below zero.
            centres: auxiliary measurements of the nuisance parameters, shape (n_rows, n_nuisances); zero unless given.

        """
        n_rows = len(counts)
        if centres is None:
            centres = np.zeros((n_rows, self.n_nuisances))
        best = _empty(n_rows, counts.shape[1], self.n_nuisances)
        converged = np.ones(n_rows, dtype=bool)
        for basis, rows in zip(self.search.bases, map(np.flatnonzero, competing), strict=True):
            fixed = None if strength is None else strength[rows]
            found = self._with(basis, counts[rows], fixed, centres[rows])
            better = found.nll < best.nll[rows]
            best.put(rows[better], found, better)
            converged[rows] &= found.converged
        return replace(best, converged=converged)

    def _with(
        self, basis: Basis, counts: FloatArray, strength: FloatArray | None, centres: FloatArray
    ) -> Profiled:
        lowest = np.zeros(len(counts)) if strength is None else None
        likelihood = Likelihood(
            basis,
            counts,
            self.template[None, :],
            strength=strength,
            lowest=lowest,
            variations=self.variations,
            centres=None if self.variations is None else centres,
        )
        minimum = deepest(likelihood)
        return Profiled(
            nll=minimum.nll + self.penalty * basis.n_parameters,
            strength=minimum.strength,
            slope=self._slope(counts, minimum),
            expected=minimum.expected,
            nuisances=centres if self.variations is None else minimum.nuisances,
            converged=minimum.converged,
        )

    def _slope(self, counts: FloatArray, minimum: Minimum) -> FloatArray:
        unit = self.template[None, :]
        if self.variations is not None:
            unit = self.variations.signal(unit, minimum.nuisances)[0]
        return np.asarray(((1 - counts / minimum.expected) * unit).sum(-1), dtype=float)


def _empty(n_rows: int, n_bins: int, n_nuisances: int) -> Profiled:
    return Profiled(
        nll=np.full(n_rows, np.inf),
        strength=np.zeros(n_rows),
        slope=np.zeros(n_rows),
        expected=np.ones((n_rows, n_bins)),
        nuisances=np.zeros((n_rows, n_nuisances)),
        converged=np.ones(n_rows, dtype=bool),
    )
