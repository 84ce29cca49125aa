from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt import toys
from dijethunt.bumphunt.scan import prepared
from dijethunt.bumphunt.toys import poisson, toy_roots
from scipy.stats import kstest

SIGNAL = bh.Gaussian(0.05)
MASSES = (2000.0, 2300.0, 2600.0, 2900.0, 3200.0)


def chance(groups, family, n_toys=400, seed=1):
    scan = bh.scan(groups, family, SIGNAL)
    return bh.global_p(scan, groups, family, SIGNAL, n_toys=n_toys, seed=seed)


def test_same_seed_same_answer_and_first_toys_do_not_depend_on_how_many_follow(truth):
    model = truth(3000)
    windows = prepared([(MASSES, model.spectrum(1))], model.family, SIGNAL)
    short = np.concatenate(list(toy_roots(windows, 100, 5)))
    long = np.concatenate(list(toy_roots(windows, 700, 5)))
    assert (short.shape, long.shape) == ((100,), (700,))
    assert long[:100] == pytest.approx(short, abs=1e-6)
    assert np.concatenate(list(toy_roots(windows, 100, 6))) != pytest.approx(short, abs=1e-6)


def test_global_p_is_uniform_over_background_spectra(truth):
    model = truth(3000)
    p = [chance([(MASSES, model.spectrum(seed))], model.family, 250, seed).p for seed in range(60)]
    assert kstest(p, "uniform").pvalue > 0.01


def test_a_signal_is_found_and_looking_in_more_places_costs(truth):
    model = truth(3000)
    spectrum = model.spectrum(1, strength=60, mass=2600.0)
    one, many = chance([([2600.0], spectrum)], model.family), chance([(MASSES, spectrum)], model.family)
    assert one.p < 0.05
    assert one.p < many.p
    assert many.low <= many.p <= many.high
    assert (many.n_toys, many.n_failed) == (400, 0)


def test_windows_are_drawn_independently_and_all_counted(truth):
    model = truth(3000)
    spectrum = model.spectrum(4)
    one, two = ([(MASSES, spectrum)] * n for n in (1, 2))
    p_one, p_two = chance(one, model.family, 1000).p, chance(two, model.family, 1000).p
    assert p_two == pytest.approx(1 - (1 - p_one) ** 2, abs=0.06)


def test_the_function_is_chosen_again_in_every_toy(truth):
    model = truth(3000)
    rule = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3)), alpha=0.3)
    windows = prepared([([2600.0], model.spectrum(1))], rule, SIGNAL)
    choice = windows[0].search.refit(poisson(windows[0].search.expected, 400, 1)).choice
    assert 0.1 < choice.mean() < 0.6
    assert 0 <= chance([([2600.0], model.spectrum(1))], rule).p <= 1


def test_failed_toys_count_as_larger(truth, monkeypatch):
    model = truth(3000)
    groups = [(MASSES, model.spectrum(1, strength=200))]
    scan = bh.scan(groups, model.family, SIGNAL)
    largest = toys._largest

    def broken(window, block, size, seed):
        r = largest(window, block, size, seed)
        r[:7] = np.nan
        return r

    monkeypatch.setattr(toys, "_largest", broken)
    result = bh.global_p(scan, groups, model.family, SIGNAL, n_toys=100, seed=1)
    assert (result.n_failed, result.n_larger, result.p) == (7, 7, 0.07)


def test_without_any_excess_the_global_p_is_one(truth):
    model = truth(200_000)
    deficit = np.array(model.expected)
    deficit[14:18] *= 0.9
    result = chance([([2800.0], bh.Spectrum(model.edges, np.round(deficit)))], model.family, 100)
    assert result.r < 0
    assert result.p == 1


def test_binomial_interval_covers():
    assert bh.binomial_interval(0, 10) == (0, pytest.approx(1 - 0.15865 ** (1 / 10), rel=1e-4))
    assert bh.binomial_interval(10, 10)[1] == 1
    rng = np.random.default_rng(1)
    intervals = {k: bh.binomial_interval(k, 50) for k in range(51)}
    covered = [intervals[k][0] <= 0.2 <= intervals[k][1] for k in rng.binomial(50, 0.2, 4000)]
    assert 0.68 <= np.mean(covered) < 0.80


def test_no_toys_is_an_error(truth):
    windows = prepared([(MASSES, truth(3000).spectrum(1))], bh.families.dijet(3), SIGNAL)
    with pytest.raises(ValueError, match="at least one toy"):
        next(toy_roots(windows, 0, 1))
