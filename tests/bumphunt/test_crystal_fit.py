from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.crystal_shape import fractions

SHAPE = np.array([0.98, 0.04, 1.2, 3.0, 1.8, 6.0])
GRID = np.linspace(-1, 4, 500_001)
CUMULATIVE = np.concatenate([[0], np.cumsum(fractions(GRID, SHAPE))])


def simulated(n_events, seed, mass=3000.0):
    """Draw dijet masses of a resonance with this shape."""
    uniform = np.random.default_rng(seed).random(n_events)
    return mass * np.interp(uniform * CUMULATIVE[-1], CUMULATIVE, GRID)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_shape_that_made_the_events_comes_back(seed):
    found = bh.fit_crystal_ball(3000.0, simulated(50_000, seed))
    assert np.abs((found.shape - SHAPE) / found.errors).max() < 3.5
    assert found.width == pytest.approx(0.04, rel=0.02)
    assert found.events == pytest.approx(50_000, rel=0.03)
    assert found.p_value > 0.01


def test_events_outside_the_range_do_not_matter():
    mjj = simulated(30_000, 3)
    fit_range = (0.85, 1.15)
    whole = bh.fit_crystal_ball(3000.0, mjj, fit_range=fit_range)
    cut = bh.fit_crystal_ball(3000.0, mjj[(mjj > 2550) & (mjj < 3450)], fit_range=fit_range)
    assert cut == whole
    assert np.abs((cut.shape - SHAPE) / cut.errors).max() < 3.5


def test_weights_count_and_widen_the_errors():
    mjj = simulated(20_000, 4)
    plain, doubled = (bh.fit_crystal_ball(3000.0, mjj, np.full(20_000, w)) for w in (1.0, 2.0))
    assert doubled.shape == pytest.approx(plain.shape, rel=1e-3)
    assert doubled.errors == pytest.approx(plain.errors, rel=0.02)
    wide = 3000 + np.random.default_rng(4).normal(0, 600, 20_000)
    both, weights = np.concatenate([mjj, wide]), np.repeat([1.0, 1e-9], 20_000)
    assert bh.fit_crystal_ball(3000.0, both, weights).shape == pytest.approx(plain.shape, rel=1e-2)
    mixed = np.where(np.random.default_rng(5).random(20_000) < 0.1, -1.0, 1.0)
    signed = bh.fit_crystal_ball(3000.0, mjj, mixed)
    assert signed.events == pytest.approx(0.64 * 20_000, rel=0.05)
    assert np.abs((signed.shape - SHAPE) / signed.errors).max() < 3.5
    assert signed.errors[1] > 1.1 * plain.errors[1]


def test_errors_are_those_of_repetitions():
    fits = [bh.fit_crystal_ball(3000.0, simulated(5000, seed)) for seed in range(20, 30)]
    for name in (0, 1):
        scatter = np.std([fit.shape[name] for fit in fits], ddof=1)
        assert 0.5 < scatter / np.mean([fit.errors[name] for fit in fits]) < 1.6


@pytest.mark.parametrize(
    ("masses", "weights", "message"),
    [
        (np.linspace(2900, 3100, 20), None, "3000 GeV: 20 events between"),
        (np.full(500, 3000.0), None, "do not spread"),
        (np.array([np.nan] * 100), None, "finite"),
        (np.linspace(2900, 3100, 100), np.ones(3), "must match"),
        (np.linspace(2900, 3100, 100), -np.ones(100), "total weight"),
    ],
)
def test_what_is_no_resonance_is_refused(masses, weights, message):
    with pytest.raises(bh.SignalError, match=message):
        bh.fit_crystal_ball(3000.0, masses, weights)
