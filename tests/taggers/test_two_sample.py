"""The classifier that tells two samples apart, or cannot."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.taggers.two_sample import separability
from scipy.stats import norm

RNG = np.random.default_rng(1)


def test_equal_samples_cannot_be_told_apart():
    """Its error is 0.008."""
    assert separability(RNG.normal(size=(4000, 2)), RNG.normal(size=(3000, 2))) == pytest.approx(
        0.5, abs=0.025
    )


def test_a_shift_is_seen_as_well_as_it_can_be():
    """Of two normal distributions one apart the best area is the probability that a difference is positive."""
    area = separability(RNG.normal(size=(6000, 1)), RNG.normal(1.0, size=(3000, 1)))
    assert area == pytest.approx(norm.cdf(1 / np.sqrt(2)), abs=0.02)


def test_a_correlation_is_seen_where_all_single_features_are_equal():
    x = RNG.normal(size=(6000, 2))
    correlated = np.stack([x[:, 0], 0.8 * x[:, 0] + 0.6 * x[:, 1]], axis=1)
    assert separability(x, correlated) > 0.6


def test_a_few_events_are_enough_for_a_number():
    assert all(0 <= separability(np.zeros((2, 1)), np.ones((3, 1)), seed) <= 1 for seed in range(20))
