"""Distances of samples, against hand values, scipy, and definitions written out."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.taggers.distance import distance_correlation, emd, jensen_shannon, mmd, sliced_emd
from dijethunt.taggers.error import MetricError
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance, wasserstein_distance_nd


@pytest.fixture
def batches() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.normal(size=(60, 3)), rng.normal(0.5, 2.0, size=(60, 3))


def test_emd_in_one_dimension_is_that_of_scipy(batches):
    x, y = batches[0][:, 0], batches[1][:, 0]
    assert emd(x, y) == pytest.approx(wasserstein_distance(x, y))
    assert sliced_emd(x, y[:41]) == pytest.approx(wasserstein_distance(x, y[:41]))


def test_emd_in_three_dimensions_is_that_of_scipy(batches):
    x, y = batches[0][:25], batches[1][:25]
    assert emd(x, y) == pytest.approx(wasserstein_distance_nd(x, y), rel=1e-6)


def test_a_shift_is_its_own_distance(batches):
    x, shift = batches[0], np.array([3.0, 0.0, 4.0])
    assert emd(x, x + shift) == pytest.approx(5.0)
    assert emd(x, x + shift, power=2) == pytest.approx(25.0)
    assert emd(x, x[::-1]) == 0


def test_w2_of_gaussians():
    """Between N(0, 1) and N(1, 2^2) the square of W2 is (0 - 1)^2 + (1 - 2)^2."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=40_000), rng.normal(1.0, 2.0, size=30_000)
    assert sliced_emd(x, y, power=2) == pytest.approx(2.0, rel=0.05)
    assert emd(x[:2000], y[:2000], power=2) == pytest.approx(2.0, rel=0.2)


def test_slices_of_a_shift(batches):
    """The mean of cos^2 over directions in d dimensions is 1/d."""
    x = batches[0]
    found = sliced_emd(x, x + np.array([2.0, 0.0, 0.0]), power=2, slices=4000)
    assert found == pytest.approx(4.0 / 3.0, rel=0.05)
    assert found < emd(x, x + np.array([2.0, 0.0, 0.0]), power=2)


def test_mmd_by_hand():
    """Points 0, 1 against 2, 3 with h = 1."""
    kernel = lambda d: np.exp(-(d**2) / 2)
    between = (2 * kernel(2) + kernel(3) + kernel(1)) / 4
    assert mmd([0.0, 1.0], [2.0, 3.0], bandwidth=1.0) == pytest.approx(2 * kernel(1) - 2 * between)


def test_mmd_has_no_bias_and_finds_a_difference():
    rng = np.random.default_rng(3)
    same = [mmd(rng.normal(size=(100, 2)), rng.normal(size=(80, 2))) for _ in range(60)]
    other = [mmd(rng.normal(size=(100, 2)), rng.normal(0.7, 1, size=(80, 2))) for _ in range(20)]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(60)
    assert min(other) > max(same)


def test_the_bandwidth_is_the_median_distance():
    x, y = np.array([0.0, 1.0]), np.array([3.0, 7.0])
    assert mmd(x, y) == mmd(x, y, bandwidth=3.5)


def test_jensen_shannon_is_the_square_of_scipys_distance():
    rng = np.random.default_rng(4)
    p, q = rng.poisson(5, 20), rng.poisson(8, 20)
    assert jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q, base=2) ** 2)


def test_jensen_shannon_of_equal_distributions_is_as_stated():
    rng = np.random.default_rng(5)
    found = [jensen_shannon(*rng.multinomial(5000, np.full(20, 0.05), size=2)) for _ in range(200)]
    assert np.mean(found) == pytest.approx(19 / (4 * 5000 * np.log(2)), rel=0.1)


def direct(x: np.ndarray, y: np.ndarray) -> float:
    """Distance correlation as it is defined, from all pairs."""

    def centred(v):
        d = np.abs(v[:, None] - v[None])
        return d - d.mean(axis=0) - d.mean(axis=1)[:, None] + d.mean()

    a, b = centred(x), centred(y)
    return np.sqrt(np.mean(a * b) / np.sqrt(np.mean(a * a) * np.mean(b * b)))


@pytest.mark.parametrize("n", [2, 3, 64, 301])
@pytest.mark.parametrize("rounded", [6, 0], ids=["distinct", "tied"])
def test_distance_correlation_is_its_definition(n, rounded):
    rng = np.random.default_rng(n)
    x = np.round(np.linspace(-3, 3, n), rounded)
    y = np.round(x**2 + rng.normal(size=n), rounded) + (np.arange(n) == 0)
    assert distance_correlation(x, y) == pytest.approx(direct(x, y), abs=1e-9)


def test_distance_correlation_sees_what_a_linear_one_does_not():
    x = np.random.default_rng(6).normal(size=4000)
    assert abs(np.corrcoef(x, x**2)[0, 1]) < 0.1
    assert distance_correlation(x, x**2) > 0.4
    assert distance_correlation(x, -3 * x + 1) == pytest.approx(1.0)
    assert distance_correlation(x, np.random.default_rng(7).normal(size=4000)) < 0.05
    assert distance_correlation(x, np.ones(4000)) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: emd([1.0, 2.0], [1.0]), "batches of 2 and 1 events; .* use sliced_emd"),
        (lambda: emd([], []), r"a sample of shape \(0,\)"),
        (lambda: mmd([1.0], [1.0, 2.0]), "samples of 1 and 2 events; at least 2"),
        (lambda: mmd([1.0, 1.0], [1.0, 1.0]), "the bandwidth is 0"),
        (lambda: jensen_shannon([0, 0], [1, 2]), "2 and 2 bins with 0 and 3 entries"),
        (lambda: distance_correlation([1.0], [1.0]), "n at least 2"),
    ],
)
def test_samples_without_a_distance_are_refused(call, message):
    with pytest.raises(MetricError, match=message):
        call()
