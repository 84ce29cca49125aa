from __future__ import annotations

from itertools import pairwise

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.crystal_shape import fractions
from scipy.integrate import quad
from scipy.stats import crystalball, norm

SHAPE = (0.98, 0.04, 1.2, 3.0, 1.8, 6.0)


def density(x, mean, width, alpha_low, power_low, alpha_high, power_high):
    """Return the density as it is usually written, not normalised."""
    t = (x - mean) / width
    if -alpha_low <= t <= alpha_high:
        return np.exp(-(t**2) / 2)
    alpha, power, t = (alpha_low, power_low, -t) if t < 0 else (alpha_high, power_high, t)
    return (power / alpha) ** power * np.exp(-(alpha**2) / 2) * (power / alpha - alpha + t) ** -power


def test_bins_hold_the_integrals_of_the_density():
    edges = [0.2, 0.5, 0.9, 0.95, 1.0, 1.04, 1.06, 1.2, 1.9]
    breaks = [0.98 - 1.2 * 0.04, 0.98 + 1.8 * 0.04]
    total = sum(
        quad(density, a, b, SHAPE)[0] for a, b in zip([-np.inf, *breaks], [*breaks, np.inf], strict=True)
    )
    parts = [quad(density, a, b, SHAPE, points=breaks, epsabs=1e-13)[0] / total for a, b in pairwise(edges)]
    assert fractions(edges, SHAPE) == pytest.approx(parts, rel=1e-6)


def test_one_side_is_the_crystal_ball_of_scipy():
    edges = np.linspace(-6, 1.5, 30)
    expected = np.diff(crystalball.cdf(edges, beta=1.3, m=2.5))
    ours = fractions(edges, (0, 1, 1.3, 2.5, 8.0, 40.0))
    assert ours == pytest.approx(expected, rel=1e-9)


def test_without_tails_it_is_a_gaussian_and_all_of_it_adds_up():
    edges = np.linspace(0.7, 1.3, 61)
    assert fractions(edges, (1, 0.05, 7.0, 40.0, 7.0, 40.0)) == pytest.approx(
        np.diff(norm.cdf(edges, 1, 0.05)), rel=1e-8, abs=1e-14
    )
    assert fractions([-1e12, 0.5, 1, 1e12], SHAPE).sum() == pytest.approx(1, abs=1e-12)


def test_far_tails_are_powers_and_not_rounding():
    far = fractions([1e4, 2e4, 4e4, 8e4], SHAPE)
    assert far[1] / far[0] == pytest.approx(2**-5, rel=1e-3)
    assert 0 < far[2] < 1e-25


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 150.0}, "relative width 150"),
        ({"mean": 0.0}, "relative mean 0"),
        ({"power_low": 1.0}, "the power above 1"),
        ({"alpha_high": -1.0}, "alpha is positive"),
    ],
)
def test_impossible_shapes_are_refused(change, message):
    names = ("mean", "width", "alpha_low", "power_low", "alpha_high", "power_high")
    with pytest.raises(bh.SignalError, match=message):
        bh.CrystalBall(**{"mass": 3000.0, **dict(zip(names, SHAPE, strict=True)), **change})
