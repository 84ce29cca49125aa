"""Upper limits on the number of signal events by the CLs method with asymptotic formulae.

The statistic is q-tilde_mu, Equation (16) of arXiv:1007.1727, with the distributions of Equations (59)-(66); CLs is
the ratio of the tail probabilities with and without signal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr, ndtri

from .array import FloatArray
from .background import Whitened
from .family import Family
from .fitrange import EVERYTHING, FitRange
from .ftest import Rule, rule
from .likelihood import Likelihood
from .masstest import at_mass
from .result import LimitResult
from .scoring import Minimum, minimise
from .search import Search, with_signal
from .signal import Signal, SignalError
from .significance import ENOUGH_BACKGROUND, background_under
from .spectrum import Spectrum

BANDS = (-2.0, -1.0, 0.0, 1.0, 2.0)
SIGNIFICANT_DIGITS = 1e-9


def limit(
    spectrum: Spectrum,
    background: Family | Rule,
    signal: Signal,
    mass: float,
    *,
    level: float = 0.95,
    fit_range: FitRange = EVERYTHING,
    blind: bool = False,
) -> LimitResult:
    """Return the upper limit on the number of signal events, in the whole signal shape, at one mass.

    Arguments:
        spectrum: the spectrum.
        background: a family, or a rule that chooses one.
        signal: the signal shape.
        mass: resonance mass in GeV.
        level: confidence level; CLs is 1 - level at the limit.
        fit_range: low and high mass in GeV, or a `RangeLoop`.
        blind: leave the observed limit out.

    Returns:
        Observed limit, and expected ones for the background fitted to the spectrum.

    Raises:
        SignalError: if the mass is outside the range or the level not between 0 and 1.

    """
    if not 0 < level < 1:
        msg = f"level is {level}; a confidence level is between 0 and 1, such as 0.95"
        raise SignalError(msg)
    at = at_mass([spectrum], rule(background), signal, mass, fit_range)
    search, template = at.search, at.template
    test = LimitTest.on(search, template)
    expected = test.expected(1 - level)
    observed = None if blind else test.observed(1 - level, float(expected[-1]))
    under = background_under(template, search.expected)
    enough = under >= ENOUGH_BACKGROUND
    texts = (
        [*at.warnings]
        if test.valid
        else [*at.warnings, "a fit did not converge; the limits are not reliable"]
    )
    if not enough:
        texts.append(
            f"{under:.2g} background events under the signal, fewer than {ENOUGH_BACKGROUND:g}: "
            "the asymptotic limit is not valid; use toys"
        )
    return LimitResult(
        mass=float(mass),
        observed=observed,
        expected=tuple(expected.tolist()),
        level=level,
        method="asymptotic CLs",
        unit="signal events",
        background=under,
        asymptotic_valid=enough,
        valid=test.valid,
        warnings=tuple(texts),
    )


@dataclass(frozen=True, eq=False)
class LimitTest:
    """The CLs test of one signal on one spectrum, and on the Asimov data of its background.

    Arguments:
        basis: the whitened background.
        template: expected events of one signal event, shape (n_bins,).
        counts: observed counts and Asimov counts (the fitted background), shape (2, n_bins).
        null: fits without a signal, of both.
        best: fits with a free signal, of both.

    """

    basis: Whitened
    template: FloatArray
    counts: FloatArray
    null: Minimum
    best: Minimum

    @classmethod
    def on(cls, search: Search, template: FloatArray) -> LimitTest:
        """Prepare the test of a template on the spectra of a search."""
        counts = np.stack([search.counts[0], search.expected])
        null = minimise(Likelihood(search.basis, counts))
        best = with_signal(search.basis, counts, template, null.expected, null.point)
        return cls(search.basis, template, counts, null, best)

    @property
    def valid(self) -> bool:
        """Whether all fits converged."""
        return bool(self.null.converged.all() and self.best.converged.all())

    def q(self, strength: ArrayLike) -> FloatArray:
        """Return q-tilde of observed and Asimov counts at signal strengths, shape (2, n_strengths)."""
        fixed, _ = self._profile(strength)
        none = self.best.strength <= 0
        reference = np.where(none, self.null.nll, self.best.nll)[:, None]
        q = np.maximum(2 * (fixed - reference), 0)
        return np.where(self.best.strength[:, None] > np.asarray(strength, dtype=float), 0.0, q)

    def cls(self, strength: ArrayLike) -> FloatArray:
        """Return the observed CLs at signal strengths, shape (n_strengths,)."""
        observed, asimov = np.sqrt(self.q(np.atleast_1d(np.asarray(strength, dtype=float))))
        beyond = observed > asimov
        safe = np.maximum(asimov, 1e-150)
        tail = np.where(beyond, (observed**2 + asimov**2) / (2 * safe), observed)
        background = np.where(beyond, (observed**2 - asimov**2) / (2 * safe), observed - asimov)
        return np.asarray(np.exp(log_ndtr(-tail) - log_ndtr(-background)), dtype=float)

    def expected(self, alpha: float) -> FloatArray:
        """Return the limits from -2 to +2 standard deviations where the median CLs is alpha, shape (5,).

        With N the band, CLs = (1 - Phi(sqrt(q_A) - N)) / Phi(N): Newton's method finds the strength at which sqrt(q_A)
        has the value that makes it alpha, with the derivative of the profile likelihood.
        """
        bands = np.array(BANDS)
        wanted = bands - ndtri(alpha * ndtr(bands))
        strength = wanted * self._sigma()
        for _ in range(50):
            nll, slope = self._profile(strength, 1)
            root = np.sqrt(np.maximum(2 * (nll[0] - self.null.nll[1]), 1e-300))
            change = (wanted - root) * root / slope[0]
            strength = np.maximum(strength + change, strength / 4)
            if np.abs(change).max() < SIGNIFICANT_DIGITS * strength.min():
                break
        return np.asarray(strength, dtype=float)

    def observed(self, alpha: float, start: float) -> float:
        """Return the strength at which the observed CLs is alpha.

        Arguments:
            alpha: one minus the confidence level.
            start: a strength of the right size.

        """
        low = max(float(self.best.strength[0]), 0.0)
        high = low + start
        while self.cls(high)[0] > alpha:
            low, high = high, 2 * high
        low = low if low > 0 else high / 2
        while self.cls(low)[0] < alpha:
            low /= 2

        def distance(strength: float) -> float:
            return float(np.log(self.cls(strength)[0] / alpha))

        return float(brentq(distance, low, high, xtol=1e-14 * high, rtol=SIGNIFICANT_DIGITS))

    def _sigma(self) -> float:
        likelihood = Likelihood(self.basis, self.counts[1:], self.template[None, :])
        point = np.append(self.null.point[1], 0.0)[None, :]
        information = likelihood.curvature(likelihood.evaluate(point))[0]
        return float(np.sqrt(np.linalg.inv(information)[-1, -1]) * likelihood.unit[0])

    def _profile(self, strength: ArrayLike, first: int = 0) -> tuple[FloatArray, FloatArray]:
        """Return profiled likelihoods and their slopes for the counts from `first` on, shape (2 - first, n)."""
        strengths = np.atleast_1d(np.asarray(strength, dtype=float))
        counts = np.repeat(self.counts[first:], len(strengths), axis=0)
        shape = (len(self.counts) - first, len(strengths))
        likelihood = Likelihood(self.basis, counts, self.template[None, :], np.tile(strengths, shape[0]))
        minimum = minimise(likelihood, np.repeat(self.null.point[first:], len(strengths), axis=0))
        slope = ((1 - counts / minimum.expected) * self.template).sum(-1)
        return minimum.nll.reshape(shape), slope.reshape(shape)
