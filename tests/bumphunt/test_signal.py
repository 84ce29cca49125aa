from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from scipy.stats import norm


def test_template_holds_the_integrals_over_the_bins():
    edges = np.linspace(1000, 5000, 101)
    template = bh.Gaussian(0.05, mean=0.98).template(edges, 3000)
    assert template == pytest.approx(np.diff(norm.cdf(edges, 2940, 150)), abs=1e-14)
    assert template.sum() == pytest.approx(1)
    assert (template @ ((edges[1:] + edges[:-1]) / 2)) == pytest.approx(2940, abs=0.1)


def test_far_tails_are_small_numbers_and_not_zero_by_rounding():
    template = bh.Gaussian(0.05).template([4000, 4100, 4500, 4700], 3000)
    assert template[-1] == pytest.approx(norm.sf(10) - norm.sf(4700 / 150 - 20), rel=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_core_of_a_simulated_resonance_is_measured_without_its_tail(seed):
    rng = np.random.default_rng(seed)
    core = rng.normal(0.985 * 3000, 0.043 * 3000, 20_000)
    tail = 3000 * (0.93 - rng.exponential(0.15, 3000))
    plain = bh.Gaussian.from_simulation(core, 3000)
    assert plain.width == pytest.approx(0.043, abs=4 * plain.width_error)
    assert plain.mean == pytest.approx(0.985, abs=4 * plain.mean_error)
    assert plain.width_error < 0.001
    dirty = bh.Gaussian.from_simulation(np.concatenate([core, tail]), 3000)
    assert dirty.width == pytest.approx(0.043, rel=0.12)
    assert np.concatenate([core, tail]).std() / 3000 > 1.5 * dirty.width


def test_errors_of_the_core_fit_are_those_of_repetitions():
    rng = np.random.default_rng(5)
    fits = [bh.Gaussian.from_simulation(rng.normal(3000, 130, 2000), 3000) for _ in range(150)]
    for name in ("mean", "width"):
        scatter = np.std([getattr(fit, name) for fit in fits])
        quoted = np.mean([getattr(fit, f"{name}_error") for fit in fits])
        assert 0.8 < scatter / quoted < 1.6


def test_weights_count():
    rng = np.random.default_rng(6)
    narrow, wide = rng.normal(3000, 100, 5000), rng.normal(3000, 300, 5000)
    both, weights = np.concatenate([narrow, wide]), np.repeat([1.0, 1e-6], 5000)
    assert bh.Gaussian.from_simulation(both, 3000, weights).width == pytest.approx(100 / 3000, rel=0.06)
    signs = np.where(rng.random(10_000) < 0.1, -1.0, 1.0)
    few = bh.Gaussian.from_simulation(rng.normal(3000, 100, 10_000), 3000, signs)
    assert few.width == pytest.approx(100 / 3000, rel=0.08)


@pytest.mark.parametrize(
    ("masses", "message"),
    [
        (np.linspace(2900, 3100, 20), "20 simulated events"),
        (np.full(500, 3000.0), "do not spread"),
        (np.array([np.nan] * 100), "finite"),
    ],
)
def test_what_is_no_resonance_is_refused(masses, message):
    with pytest.raises(bh.SignalError, match=message):
        bh.Gaussian.from_simulation(masses, 3000)


def test_impossible_widths_are_refused():
    with pytest.raises(bh.SignalError, match="relative width 150"):
        bh.Gaussian(150)
    with pytest.raises(bh.SignalError, match="relative mean 0"):
        bh.Gaussian(0.05, mean=0)


def test_generic_widths_are_added_to_the_resolution_in_quadrature():
    assert bh.Gaussian.generic(0.0, 0.03) == bh.Gaussian(0.03)
    assert bh.Gaussian.generic(0.04, 0.03, mean=0.99) == bh.Gaussian(0.05, 0.99)
    family = bh.generic_widths(0.03)
    assert [signal.width for signal in family] == pytest.approx(
        [
            0.03,
            np.hypot(0.03, 0.03),
            np.hypot(0.05, 0.03),
            np.hypot(0.07, 0.03),
            np.hypot(0.1, 0.03),
            np.hypot(0.15, 0.03),
        ]
    )
    rng = np.random.default_rng(1)
    smeared = 3000 * (1 + 0.10 * rng.normal(size=200_000) + 0.03 * rng.normal(size=200_000))
    edges = np.linspace(2000, 4000, 11)
    expected = bh.Gaussian.generic(0.10, 0.03).template(edges, 3000)
    assert np.histogram(smeared, edges)[0] / 200_000 == pytest.approx(expected, abs=0.003)
    for wrong in ((-0.01, 0.03), (0.1, 0.0), (1.0, 0.03), (0.1, float("nan"))):
        with pytest.raises(bh.SignalError, match="fractions of the mass below 1"):
            bh.Gaussian.generic(*wrong)
