"""The CLs test of a signal strength with asymptotic formulae.

The statistic is q-tilde_mu, Equation (16) of arXiv:1007.1727, with the distributions of Equations (59)-(66); CLs is
the ratio of the tail probabilities with and without signal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr, ndtri

from .array import FloatArray
from .search import Search
from .signal_profile import Profiled, SignalProfile
from .variation import Variations

BANDS = (-2.0, -1.0, 0.0, 1.0, 2.0)
SIGNIFICANT_DIGITS = 1e-9
MOST_STEPS = 60
TINY = 1e-150
CLOSE = 1e-6


@dataclass(frozen=True, eq=False)
class LimitTest:
    """The CLs test of one signal on observed counts, and on the Asimov data of the background fitted to them.

    Arguments:
        profile: the profile likelihood of the signal.
        counts: observed counts and Asimov counts (the fitted background), shape (2, n_bins).
        best: their fits with a signal that is not negative.

    """

    profile: SignalProfile
    counts: FloatArray
    best: Profiled

    @classmethod
    def on(cls, search: Search, template: FloatArray, variations: Variations | None = None) -> LimitTest:
        """Prepare the test of a template on the spectra of a search."""
        profile = SignalProfile(search, template, variations)
        counts = np.stack([search.counts[0], search.expected])
        return cls(profile, counts, profile.fit(counts, profile.observed(2)))

    @property
    def valid(self) -> bool:
        """Whether all fits converged."""
        return bool(self.best.converged.all())

    def q(self, strength: ArrayLike) -> FloatArray:
        """Return q-tilde of observed and Asimov counts at signal strengths, shape (2, n_strengths)."""
        return self._q(np.atleast_1d(np.asarray(strength, dtype=float)))[0]

    def cls(self, strength: ArrayLike) -> FloatArray:
        """Return the observed CLs at signal strengths, shape (n_strengths,)."""
        return np.asarray(np.exp(self.log_cls(strength)[0]), dtype=float)

    def log_cls(self, strength: ArrayLike) -> FloatArray:
        """Return ln CLs, first the observed and then those of the bands without signal, shape (6, n_strengths).

        It is zero where the fitted strength, or that of the band, is above the tested one.
        """
        observed, asimov = np.sqrt(self.q(strength))
        tail, background = tails(observed, asimov)
        bands = np.array(BANDS)[:, None]
        expected = np.where(asimov > bands, log_ndtr(bands - asimov) - log_ndtr(bands), 0.0)
        return np.concatenate(
            [[np.where(observed > 0, log_ndtr(-tail) - log_ndtr(-background), 0.0)], expected]
        )

    def expected(self, alpha: float) -> FloatArray:
        """Return the limits from -2 to +2 standard deviations where the median CLs is alpha, shape (5,).

        With N the band, CLs = (1 - Phi(sqrt(q_A) - N)) / Phi(N): Newton's method finds the strength at which sqrt(q_A)
        has the value that makes it alpha, with the derivative of the profile likelihood.
        """
        bands = np.array(BANDS)
        wanted = bands - ndtri(alpha * ndtr(bands))
        strength = wanted * self.sigma
        for _ in range(MOST_STEPS):
            q, slope = self._q(strength)
            root = np.sqrt(np.maximum(q[1], TINY))
            change = (wanted - root) * root / np.maximum(slope[1], TINY)
            strength = np.clip(strength + change, strength / 4, strength * 4)
            if np.abs(change).max() < SIGNIFICANT_DIGITS * strength.min():
                break
        off = ~(np.abs(np.sqrt(self._q(strength)[0][1]) - wanted) < CLOSE)
        for band in np.flatnonzero(off):
            strength[band] = self._bracketed(partial(self._short_of, float(wanted[band])))
        return np.asarray(strength, dtype=float)

    def observed(self, alpha: float) -> float:
        """Return the strength at which the observed CLs is alpha, by Newton's method in ln CLs.

        Below the fitted strength CLs is one; above it ln CLs falls and is concave, so that after the first step
        Newton's method comes down from above.
        """
        fitted = float(self.best.strength[0])
        strength = fitted - float(ndtri(alpha / 2)) * self.sigma
        for _ in range(MOST_STEPS):
            q, slope = self._q(np.array([strength]))
            value, derivative = _log_cls_slope(q[:, 0], slope[:, 0])
            change = (np.log(alpha) - value) / min(derivative, -TINY)
            before, strength = (
                strength,
                float(np.clip(strength + change, fitted + (strength - fitted) / 4, 4 * strength)),
            )
            if abs(strength - before) < SIGNIFICANT_DIGITS * strength:
                break
        if not abs(self.log_cls(strength)[0, 0] - np.log(alpha)) < CLOSE:
            strength = self._bracketed(lambda mu: float(self.log_cls(mu)[0, 0] - np.log(alpha)))
        return strength

    @cached_property
    def sigma(self) -> float:
        """Standard deviation of the strength without signal, from the Asimov data, of one signal event or more."""
        template = self.profile.template
        unit = np.array([1 / np.sqrt((template**2 / (self.counts[1] + template + TINY)).sum())])
        return float(unit[0] / np.sqrt(max(self._q(unit)[0][1, 0], CLOSE)))

    def _short_of(self, wanted: float, strength: FloatArray) -> float:
        """Return by how much the root of the Asimov q-tilde of one strength is below a value."""
        return wanted - float(np.sqrt(self._q(strength)[0][1, 0]))

    def _bracketed(self, falling: Callable[[FloatArray], float]) -> float:
        """Return where a falling function of the strength is zero, NaN if it has no zero within 30 powers of two."""
        high = self.sigma
        for _ in range(30):
            if not falling(np.array([high])) > 0:
                break
            high *= 2
        low = high / 2
        while low > high * 1e-9 and not falling(np.array([low])) > 0:
            low /= 2
        try:
            return float(brentq(lambda mu: falling(np.array([mu])), low, high, xtol=1e-12 * high))
        except ValueError:
            return float("nan")

    def _q(self, strength: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return q-tilde and its halved slope, each of shape (2, n_strengths)."""
        n = len(strength)
        counts = np.repeat(self.counts, n, axis=0)
        fixed = self.profile.fit(counts, self.profile.observed(2 * n), np.tile(strength, 2))
        q = np.maximum(2 * (fixed.nll.reshape(2, n) - self.best.nll[:, None]), 0)
        beyond = self.best.strength[:, None] > strength
        return np.where(beyond, 0.0, q), np.where(beyond, 0.0, fixed.slope.reshape(2, n))


def tails(observed: FloatArray, asimov: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return in how many standard deviations the tails with and without signal begin, Equations (65) and (66).

    Arguments:
        observed: root of the observed q-tilde.
        asimov: that of the Asimov data, of the same shape.

    """
    beyond = observed > asimov
    safe = np.maximum(asimov, TINY)
    tail = np.where(beyond, (observed**2 + asimov**2) / (2 * safe), observed)
    return tail, np.where(beyond, (observed**2 - asimov**2) / (2 * safe), observed - asimov)


def _log_cls_slope(q: FloatArray, slope: FloatArray) -> tuple[float, float]:
    """Return ln CLs and its derivative with the strength.

    Arguments:
        q: q-tilde of observed and Asimov counts, shape (2,).
        slope: half their derivatives, shape (2,).

    """
    observed, asimov = np.sqrt(q)
    by_observed, by_asimov = slope / np.maximum(np.sqrt(q), TINY)
    tail, background = tails(observed, asimov)
    if observed > asimov:
        ratio = observed / asimov
        first, second = ratio * by_observed, (1 - ratio**2) / 2 * by_asimov
        tail_slope, background_slope = first + second, first + second - by_asimov
    else:
        tail_slope, background_slope = by_observed, by_observed - by_asimov
    value = log_ndtr(-tail) - log_ndtr(-background)
    derivative = _hazard(background) * background_slope - _hazard(tail) * tail_slope
    return float(value), float(derivative)


def _hazard(z: FloatArray) -> FloatArray:
    """Return the density of a normal variable over the probability to lie above."""
    return np.asarray(np.exp(-(z**2) / 2 - log_ndtr(-z)) / np.sqrt(2 * np.pi), dtype=float)
