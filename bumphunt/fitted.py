"""A fit of one spectrum at its minimum: parameters, covariance and quality."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .array import FloatArray
from .family import Family, published
from .goodness import p_value, pearson
from .likelihood import Likelihood
from .result import FitResult
from .scoring import Minimum
from .search import Search
from .variation import Variations
from .whitened import Basis

LARGEST_LOG = 700.0
SMALLEST_X = 1e-3  # largest mass over sqrt(s) of a spectrum that is taken to be in GeV
LEAST = 1e-6  # information in units of that of the reference; below it is rounding


@dataclass(frozen=True, eq=False)
class Fitted:
    """The minimum of the observed counts of a search.

    Arguments:
        search: the spectrum.
        family: the fitted one.
        basis: its whitened background.
        minimum: of one row.
        template: expected events of one signal event, shape (n_bins,); None without a signal.
        variations: nuisance parameters of the signal.
        mass: resonance mass in GeV.

    """

    search: Search
    family: Family
    basis: Basis
    minimum: Minimum
    template: FloatArray | None = None
    variations: Variations | None = None
    mass: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters: those of the family, of the nuisance parameters, and the signal."""
        nuisances = () if self.variations is None else self.variations.names
        return self.family.names + (() if self.template is None else (*nuisances, "signal"))

    @cached_property
    def theta(self) -> FloatArray:
        """Linear parameters of the background (ln p0, p1, ...)."""
        return self.basis.theta(self.minimum.point[0, : self.basis.n_parameters])

    @cached_property
    def covariance(self) -> FloatArray | None:
        """Covariance of (ln p0, p1, ..., nuisances, signal), or None if the counts do not determine all of them."""
        template = None if self.template is None else self.template[None, :]
        likelihood = Likelihood(self.basis, self.search.counts, template, variations=self.variations)
        information = likelihood.information(likelihood.evaluate(self.minimum.point))[0]
        if not (np.isfinite(information).all() and np.linalg.eigvalsh(information)[0] > LEAST):
            return None
        n, order = self.basis.n_parameters, np.arange(len(information))
        scale = np.eye(len(information))
        scale[:n, :n] = self.basis.rotation
        if likelihood.free:
            scale[n, n] = likelihood.unit[0]
            order = np.append(np.delete(order, n), n)
        return np.asarray((scale @ np.linalg.inv(information) @ scale.T)[np.ix_(order, order)], dtype=float)

    @property
    def result(self) -> FitResult:
        """The fit as a frozen record."""
        minimum, counts = self.minimum, self.search.counts[0]
        values = published(self.theta)
        if self.template is not None:
            values = np.concatenate([values, minimum.nuisances[0], minimum.strength])
        known = np.full((len(values), len(values)), np.nan) if self.covariance is None else self.covariance
        jacobian = np.where(np.arange(len(values)) == 0, values[0], 1.0)
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            scaled = known * np.outer(jacobian, jacobian)
            errors = np.sqrt(np.diag(known)) * jacobian
        chi2, n_merged = pearson(counts, minimum.expected[0])
        ndof = int(n_merged) - self.basis.n_parameters - (self.template is not None)
        return FitResult(
            function=self.family.formula + ("" if self.template is None else " + signal"),
            names=self.names,
            values=tuple(values.tolist()),
            errors=tuple(errors.tolist()),
            covariance=tuple(tuple(row) for row in scaled.tolist()),
            nll=float(minimum.nll[0]),
            chi2=float(chi2),
            ndof=ndof,
            p_value=p_value(float(chi2), ndof),
            valid=bool(minimum.converged[0] and self.covariance is not None),
            edges=tuple(self.search.spectra[0].edges.tolist()),
            observed=tuple(counts.tolist()),
            expected=tuple(minimum.expected[0].tolist()),
            mass=self.mass,
            warnings=self._warnings(ndof),
        )

    def _warnings(self, ndof: int) -> tuple[str, ...]:
        texts, minimum = [], self.minimum
        if not minimum.converged[0]:
            texts.append(
                f"the fit did not converge (edm {minimum.edm[0]:.2g} after {minimum.steps[0]} steps)"
            )
        if self.covariance is None:
            texts.append("the counts do not determine all parameters; the errors are not known")
        if not abs(self.theta[0]) < LARGEST_LOG:
            texts.append(
                f"p0 is exp({self.theta[0]:.0f}), which is no number of double precision; use the expected counts"
            )
        top, sqrt_s = self.search.spectra[0].edges[-1], self.family.sqrt_s
        if top < SMALLEST_X * sqrt_s:
            texts.append(
                f"the spectrum ends at {top:g} GeV and sqrt(s) is {sqrt_s:g} GeV; are the edges in GeV?"
            )
        if ndof <= 0:
            texts.append(
                "no degrees of freedom are left after merging bins to five expected events; no p-value"
            )
        return tuple(texts)
