from __future__ import annotations

import numpy as np
import pytest
from dijethunt.bumphunt.tail import TailSample
from scipy.special import expit, ndtr

SHIFT = 2.0


def sample(n_toys, seed, valid=None):
    """Toys of x ~ N(2, 1) with a signal and N(0, 1) without; the statistic is 10 - x, larger without a signal."""
    rng = np.random.default_rng(seed)
    x = np.concatenate([rng.normal(SHIFT, 1, n_toys), rng.normal(0, 1, n_toys)])
    log_ratio = SHIFT * x - SHIFT**2 / 2
    good = np.ones(len(x), dtype=bool) if valid is None else valid
    return TailSample(10 - x, expit(log_ratio), good)


@pytest.mark.parametrize("x", [1.0, 0.0, -1.5])
def test_cls_and_its_variance(x):
    """At x = -1.5 a toy with a signal is in the tail once in 4,300, and CLs is known to a few per cent nevertheless."""
    found = np.array([sample(500, seed).at(10 - x) for seed in range(200)])
    log_cls = np.log(found[:, 0])
    expected = np.log(ndtr(x - SHIFT) / ndtr(x))
    spread = log_cls.std()
    assert log_cls.mean() == pytest.approx(expected, abs=4 * spread / np.sqrt(200))
    assert np.sqrt(found[:, 1:].sum(1).mean()) == pytest.approx(spread, rel=0.15)
    assert spread < 0.15


@pytest.mark.parametrize("band", [-2.0, -1.0, 0.0, 1.0])
def test_bands_and_their_variance(band):
    share = float(ndtr(band))
    found = np.array([sample(1000, seed).band(share) for seed in range(200)])
    log_cls = np.log(found[:, 0])
    spread = log_cls.std()
    assert log_cls.mean() == pytest.approx(np.log(ndtr(band - SHIFT) / share), abs=5 * spread / np.sqrt(200))
    assert np.sqrt(found[:, 1:].sum(1).mean()) == pytest.approx(spread, rel=0.2)


def test_failed_toys_make_cls_larger():
    whole = sample(2000, 1)
    valid = np.random.default_rng(2).random(4000) > 0.02
    some = sample(2000, 1, valid)
    for x in (1.0, 0.0, -1.0):
        assert some.at(10 - x)[0] > whole.at(10 - x)[0]


def test_below_the_fitted_strength_nothing_is_known():
    assert sample(100, 1).at(0.0) == (1.0, np.inf, np.inf)
