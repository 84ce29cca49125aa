"""CLs of one signal strength from toys, observed and expected.

Toys of both hypotheses are drawn from the fits to data, with the auxiliary measurements of the nuisance parameters,
and everything is fitted again in each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit, ndtr

from .array import BoolArray, FloatArray
from .limit_test import BANDS, LimitTest
from .signal_profile import Profiled, SignalProfile
from .tail import TailSample


@dataclass(frozen=True, eq=False)
class Toys:
    """Toys of one hypothesis with their best fits.

    Arguments:
        profile: the profile likelihood of the signal.
        counts: shape (n_toys, n_bins).
        centres: auxiliary measurements, shape (n_toys, n_nuisances).
        competing: functions of each toy, as `SignalProfile.competing` returns them.
        best: fits with a signal that is not negative.
        truth: one row, the fit that they are drawn from.

    """

    profile: SignalProfile
    counts: FloatArray
    centres: FloatArray
    competing: BoolArray
    best: Profiled
    truth: Profiled

    @classmethod
    def drawn(
        cls, profile: SignalProfile, truth: Profiled, n_toys: int, seed: int, spawn_key: tuple[int, ...]
    ) -> Toys:
        """Draw toys and fit them.

        Arguments:
            profile: the profile likelihood of the signal.
            truth: one row, the fit to draw from.
            n_toys: number of toys.
            seed: of the random numbers.
            spawn_key: which of the independent streams of this seed.

        """
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=spawn_key))
        counts = rng.poisson(truth.expected[0], (n_toys, truth.expected.shape[1])).astype(float)
        centres = truth.nuisances[0] + rng.standard_normal((n_toys, profile.n_nuisances))
        competing = profile.competing(counts)
        best = profile.fit(counts, competing, None, centres).brief()
        return cls(profile, counts, centres, competing, best, truth)

    def log_ratio(self, above: Profiled, below: Profiled) -> FloatArray:
        """Return the logarithm of the ratio of the probabilities of every toy for two truths, shape (n_toys,)."""
        events = self.counts @ np.log(above.expected[0] / below.expected[0])
        squares = [((self.centres - truth.nuisances[0]) ** 2).sum(-1) for truth in (above, below)]
        total = (above.expected[0] - below.expected[0]).sum()
        return np.asarray(events - total - (squares[0] - squares[1]) / 2, dtype=float)

    def q(self, strength: float) -> tuple[FloatArray, BoolArray]:
        """Return q-tilde of a strength and whether both fits converged, shape (n_toys,)."""
        fixed = self.profile.fit(
            self.counts, self.competing, np.full(len(self.counts), strength), self.centres
        )
        q = np.maximum(2 * (fixed.nll - self.best.nll), 0)
        return np.where(self.best.strength > strength, 0.0, q), fixed.converged & self.best.converged


@dataclass(frozen=True, eq=False)
class ToyPoint:
    """CLs of one strength, for the data if they may be looked at and for the five bands.

    Arguments:
        strength: number of signal events.
        cls: shape (n_targets,), with the observed one first and the bands from -2 to +2 standard deviations last.
        signal_variance: of ln CLs, from the toys with a signal; infinite where CLs is one or not known.
        background_variance: of ln CLs, from the toys without one, which all strengths share.
        n_failed: tests of a toy with a failed fit.

    """

    strength: float
    cls: FloatArray
    signal_variance: FloatArray
    background_variance: FloatArray
    n_failed: int


@dataclass(frozen=True, eq=False)
class ToyTest:
    """The CLs test of one signal with toys.

    Arguments:
        test: the fits of the data, which also say what to expect.
        n_toys: number of toys of each hypothesis.
        seed: of the toys.
        stream: which of the streams of this seed.
        blind: leave the observed counts out.

    """

    test: LimitTest
    n_toys: int
    seed: int
    stream: int = 0
    blind: bool = False

    def truth(self, strength: float) -> Profiled:
        """Return the fit with a fixed strength to the observed counts, or if blind to the Asimov data, one row."""
        profile, data = self.test.profile, self.test.counts[int(self.blind)][None, :]
        return profile.fit(data, profile.observed(1), np.array([strength]))

    @cached_property
    def background(self) -> Toys:
        """Toys without a signal."""
        truth = self.truth(0.0)
        return Toys.drawn(self.test.profile, truth, self.n_toys, self.seed, (self.stream, 0))

    def asymptotic(self, strength: FloatArray) -> FloatArray:
        """Return asymptotic ln CLs of all targets, shape (n_targets, n_strengths)."""
        return self.test.log_cls(strength)[int(self.blind) :]

    def point(self, strength: float, number: int) -> ToyPoint:
        """Make toys with a signal and compare.

        Arguments:
            strength: number of signal events.
            number: of the point, from 1 on; its toys draw from SeedSequence(seed, spawn_key=(stream, number)).

        """
        truth, background = self.truth(strength), self.background
        toys = Toys.drawn(self.test.profile, truth, self.n_toys, self.seed, (self.stream, number))
        tests = [some.q(strength) for some in (toys, background)]
        valid = np.concatenate([test[1] for test in tests])
        sample = TailSample(
            np.concatenate([test[0] for test in tests]),
            np.concatenate([expit(some.log_ratio(truth, background.truth)) for some in (toys, background)]),
            valid,
        )
        rows = [] if self.blind else [sample.at(float(self.test.q(strength)[0, 0]))]
        rows += [sample.band(float(ndtr(band))) for band in BANDS]
        cls, by_signal, by_background = np.array(rows).T
        return ToyPoint(strength, cls, by_signal, by_background, int((~valid).sum()))
