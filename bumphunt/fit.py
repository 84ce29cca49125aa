"""Maximum-likelihood fits of one spectrum, with and without a signal."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .array import FloatArray
from .whitened import Basis
from .family import Family, published
from .fitrange import EVERYTHING, FitRange, RangeLoop, usable
from .ftest import Rule, rule
from .goodness import p_value, pearson
from .likelihood import Likelihood
from .masstest import at_mass
from .result import FitResult
from .scoring import Minimum
from .search import Search, with_signal
from .signal import Signal, SignalError
from .spectrum import Spectrum


def fit(
    spectrum: Spectrum,
    background: Family | Rule,
    signal: Signal | None = None,
    mass: float | None = None,
    fit_range: FitRange = EVERYTHING,
) -> FitResult:
    """Fit a smooth background, and a signal if one is given, to a spectrum.

    The likelihood is Poisson in the bins of the spectrum, with the background integrated over each bin.

    Arguments:
        spectrum: the spectrum.
        background: a family, or a rule that chooses one.
        signal: signal shape; None fits the background alone.
        mass: resonance mass in GeV, with a signal.
        fit_range: low and high mass in GeV; None leaves a side open. Only whole bins inside are used. Or, with a
            signal, a `RangeLoop`; then the result has the `history` of the ranges that were tried.

    Raises:
        FitRangeError: if the range holds no events or too few bins with events.
        SignalError: if the mass is missing or outside the range.

    >>> from dijethunt.bumphunt import families
    >>> spectrum = Spectrum([2000, 2200, 2400, 2600, 2800, 3000], [900, 480, 270, 150, 90])
    >>> fit(spectrum, families.dijet(2)).valid
    True

    """
    if (signal is None) != (mass is None):
        msg = f"signal={signal!r} and mass={mass!r}: a fit with signal needs both, one without needs neither"
        raise SignalError(msg)
    if signal is None or mass is None:
        if isinstance(fit_range, RangeLoop):
            msg = "the fit range depends on the resonance mass with this rule; give a signal and a mass"
            raise SignalError(msg)
        search = Search.on([usable(spectrum, fit_range)], rule(background))
        return _result(search, Fitted(search.basis, search.counts, search.null.minima[search.chosen]), None)
    test = at_mass([spectrum], rule(background), signal, mass, fit_range)
    search, null = test.search, test.search.null.minima[test.search.chosen]
    minimum = with_signal(search.basis, search.counts, test.template, null.expected, null.point)
    result = _result(search, Fitted(search.basis, search.counts, minimum, test.template), mass)
    history, texts = test.history, test.warnings
    return replace(result, history=history, warnings=result.warnings + texts)


LARGEST_LOG = 700.0
LEAST = 1e-6  # information in units of that of the reference; below it is rounding


@dataclass(frozen=True, eq=False)
class Fitted:
    """The minimum of one row of counts, with its covariance.

    Arguments:
        basis: the whitened background.
        counts: shape (1, n_bins).
        minimum: of one row.
        template: expected events of one signal event, shape (n_bins,); None without a signal.

    """

    basis: Basis
    counts: FloatArray
    minimum: Minimum
    template: FloatArray | None = None

    def covariance(self) -> FloatArray | None:
        """Return the covariance of (ln p0, p1, ..., strength), or None if the counts do not determine all of them."""
        likelihood = Likelihood(
            self.basis, self.counts, None if self.template is None else self.template[None, :]
        )
        information = likelihood.information(likelihood.evaluate(self.minimum.point))[0]
        if not (np.isfinite(information).all() and np.linalg.eigvalsh(information)[0] > LEAST):
            return None
        n = self.basis.n_parameters
        scale = np.eye(len(information))
        scale[:n, :n] = self.basis.rotation
        if likelihood.free:
            scale[-1, -1] = likelihood.unit[0]
        return np.asarray(scale @ np.linalg.inv(information) @ scale.T, dtype=float)


def _result(search: Search, fitted: Fitted, mass: float | None) -> FitResult:
    minimum, n = fitted.minimum, search.basis.n_parameters
    theta = search.basis.theta(minimum.point[0, :n])
    values = published(theta)
    names = search.family.names
    if mass is not None:
        values, names = np.append(values, minimum.strength[0]), (*names, "signal")
    covariance = fitted.covariance()
    known = np.full((len(values), len(values)), np.nan) if covariance is None else covariance
    jacobian = np.where(np.arange(len(values)) == 0, values[0], 1.0)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        scaled = known * np.outer(jacobian, jacobian)
        errors = np.sqrt(np.diag(known)) * jacobian
    chi2, n_merged = pearson(search.counts[0], minimum.expected[0])
    ndof = int(n_merged) - len(values)
    return FitResult(
        function=search.family.formula + ("" if mass is None else " + signal"),
        names=names,
        values=tuple(values.tolist()),
        errors=tuple(errors.tolist()),
        covariance=tuple(tuple(row) for row in scaled.tolist()),
        nll=float(minimum.nll[0]),
        chi2=float(chi2),
        ndof=ndof,
        p_value=p_value(float(chi2), ndof),
        valid=bool(minimum.converged[0] and covariance is not None),
        edges=tuple(search.spectra[0].edges.tolist()),
        observed=tuple(search.counts[0].tolist()),
        expected=tuple(minimum.expected[0].tolist()),
        mass=mass,
        warnings=_warnings(minimum, covariance, ndof, float(theta[0])),
    )


def _warnings(
    minimum: Minimum, covariance: FloatArray | None, ndof: int, log_norm: float
) -> tuple[str, ...]:
    texts = []
    if not minimum.converged[0]:
        texts.append(f"the fit did not converge (edm {minimum.edm[0]:.2g} after {minimum.steps[0]} steps)")
    if covariance is None:
        texts.append("the counts do not determine all parameters; the errors are not known")
    if not abs(log_norm) < LARGEST_LOG:
        texts.append(f"p0 is exp({log_norm:.0f}), which is no number of double precision; use the expected counts")
    if ndof <= 0:
        texts.append("no degrees of freedom are left after merging bins to five expected events; no p-value")
    return tuple(texts)
