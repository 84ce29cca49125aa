from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.binning import merging
from dijethunt.bumphunt.goodness import p_value
from scipy.stats import kstest


def test_merging_by_rows_is_the_merging_of_each_row():
    rng = np.random.default_rng(1)
    expected = rng.exponential(4.0, (200, 30)) * np.exp(-np.arange(30) / 8)
    observed = rng.poisson(expected)
    chi2, bins = bh.pearson(observed, expected)
    for row in range(200):
        starts = merging(expected[row], 5.0)
        seen, mean = np.add.reduceat(observed[row], starts), np.add.reduceat(expected[row], starts)
        assert bins[row] == len(starts)
        assert chi2[row] == pytest.approx(((seen - mean) ** 2 / mean).sum())


def test_without_merging_it_is_plain_pearson():
    chi2, bins = bh.pearson([1, 2, 0], [2.0, 2.0, 0.1], minimum=0)
    assert chi2 == pytest.approx(0.5 + 0.1)
    assert bins == 3


def test_deviance_of_a_perfect_fit_is_zero_and_of_an_empty_bin_twice_its_expectation():
    assert bh.deviance([3.0, 7.0], [3.0, 7.0]) == pytest.approx(0)
    assert bh.deviance([0.0], [1.5]) == pytest.approx(3.0)


def test_p_values_are_uniform_in_fitted_toys(truth):
    model = truth(200_000)
    from dijethunt.bumphunt.likelihood import Likelihood  # noqa: PLC0415
    from dijethunt.bumphunt.scoring import minimise  # noqa: PLC0415

    toys = model.toys(4000, 5)
    fitted = minimise(Likelihood(model.background.whitened(model.theta), toys)).expected
    chi2, bins = bh.pearson(toys, fitted)
    p = np.array([p_value(c, b - 4) for c, b in zip(chi2, bins, strict=True)])
    assert p.mean() == pytest.approx(0.5, abs=0.02)
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.012)


def test_no_degrees_of_freedom_no_p_value():
    assert p_value(1.0, 0) is None
    assert p_value(0.0, 1) == 1.0


def test_kolmogorov_smirnov_is_the_largest_distance_of_the_shapes():
    rng = np.random.default_rng(2)
    expected = np.linspace(40, 10, 12)
    observed = rng.poisson(expected, (5, 12))
    for row, value in zip(observed, bh.kolmogorov_smirnov(observed, expected), strict=True):
        distances = [abs(row[:k].sum() / row.sum() - expected[:k].sum() / expected.sum()) for k in range(13)]
        assert value == pytest.approx(max(distances) * np.sqrt(row.sum()))


def test_distances_of_fine_bins_are_those_of_events():
    rng = np.random.default_rng(3)
    u = rng.random(500)
    observed = np.histogram(u, np.linspace(0, 1, 20_001))[0]
    flat = np.full(20_000, 500 / 20_000)
    exact = kstest(u, "uniform").statistic * np.sqrt(500)
    assert bh.kolmogorov_smirnov(observed, flat) == pytest.approx(exact, rel=0.02)
    i, s = np.arange(1, 501), np.sort(u)
    textbook = -500 - ((2 * i - 1) / 500 * (np.log(s) + np.log(1 - s[::-1]))).sum()
    assert bh.anderson_darling(observed, flat) == pytest.approx(textbook, rel=0.02)


def test_a_perfect_description_has_no_distance():
    assert bh.kolmogorov_smirnov([4, 3, 2], [8, 6, 4]) == pytest.approx(0)
    assert bh.anderson_darling([4, 3, 2], [8, 6, 4]) == pytest.approx(0)
