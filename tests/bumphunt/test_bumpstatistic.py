from __future__ import annotations

import numpy as np
import pytest
from dijethunt.bumphunt.bumpstatistic import _height, largest, log_p
from dijethunt.bumphunt.bumpwindow import Axis, BumpWindows
from scipy.special import log_ndtr
from scipy.stats import poisson


@pytest.mark.parametrize("deficits", [False, True])
def test_local_p_is_the_poisson_tail(deficits):
    expected = np.geomspace(0.1, 1e5, 30)
    observed = np.floor(expected / 2) if deficits else np.ceil(2 * expected) + 1
    tail = poisson.logcdf(observed, expected) if deficits else poisson.logsf(observed - 1, expected)
    few = tail > -600
    assert few.sum() > 10
    assert log_p(observed, expected, deficits)[few] == pytest.approx(tail[few], rel=1e-9)


def test_local_p_goes_on_where_floating_numbers_end():
    """Against the sum of the tail in logarithms, on both sides of the change of formula."""
    for n, b in ((40.0, 1e-8), (200.0, 1.0), (1500.0, 600.0), (4000.0, 2500.0)):
        k = np.arange(n, n + 6000)
        terms = poisson.logpmf(k, b)
        assert float(log_p(n, b)) == pytest.approx(np.logaddexp.reduce(terms), rel=1e-8)
    for n, b in ((0.0, 900.0), (20.0, 1100.0), (1000.0, 2600.0)):
        terms = poisson.logpmf(np.arange(0, n + 1), b)
        assert float(log_p(n, b, deficits=True)) == pytest.approx(np.logaddexp.reduce(terms), rel=1e-8)
    assert -740 < log_p(1e9 + 37.3e-0 * 1e9**0.5, 1e9) < -680


@pytest.mark.parametrize("deficits", [False, True])
def test_no_p_value_is_below_the_bound_that_discards_windows(deficits):
    b = np.repeat(np.geomspace(1e-3, 1e5, 400)[:, None], 60, 1)
    z = np.linspace(0.01, 30, 60)
    n = np.floor(np.maximum(b - z * np.sqrt(b), 0)) if deficits else np.ceil(b + z * np.sqrt(b))
    height = _height(n, b, deficits)
    some = height > 0
    assert some.mean() > 0.5
    bound = log_ndtr(-np.sqrt(2 * height[some]))
    assert (log_p(n[some], b[some], deficits) - bound).min() > -1e-7


@pytest.mark.parametrize("shape", [(12,), (7, 5)])
@pytest.mark.parametrize("deficits", [False, True])
def test_the_screened_minimum_is_that_of_all_windows(shape, deficits):
    windows = BumpWindows.on([Axis(n, (1, n)) for n in shape])
    rng = np.random.default_rng(1)
    expected = rng.uniform(0.05, 30, (300, *shape))
    observed = rng.poisson(expected).astype(float)
    found = largest(windows, observed, expected, deficits=deficits)
    n, b = windows.sums(observed), windows.sums(expected)
    tail = poisson.logcdf(n, b) if deficits else poisson.logsf(n - 1, b)
    every = np.where(n < b if deficits else n > b, tail, 0)
    assert found.statistic == pytest.approx(-every.min(0), rel=1e-9)
    assert (found.window == every.argmin(0)).mean() > 0.99
    assert found.observed == pytest.approx(n[found.window, np.arange(300)])


def test_without_an_excess_the_statistic_is_zero():
    windows = BumpWindows.on([Axis(4)])
    found = largest(windows, np.zeros((1, 4)), np.ones((1, 4)))
    assert found.statistic.tolist() == [0]


def test_rows_do_not_depend_on_how_they_are_divided(monkeypatch):
    windows = BumpWindows.on([Axis(8)])
    expected = np.full((1, 8), 5.0)
    counts = np.random.default_rng(1).poisson(5.0, (50, 8)).astype(float)
    whole = largest(windows, counts, expected).statistic
    monkeypatch.setattr("dijethunt.bumphunt.bumpstatistic.CHUNK", 60)
    assert largest(windows, counts, expected).statistic.tolist() == whole.tolist()


@pytest.mark.parametrize("deficits", [False, True])
@pytest.mark.parametrize("counts", [[3.0, 4.0, 5.0], [0.0, 5.0, 0.0], [0.0, 0.0, 0.0]], ids=str)
def test_a_window_with_nothing_outside_of_it_has_no_bump(counts, deficits):
    windows = BumpWindows.on([Axis(3, (1, 3))])
    expected = np.array([[4.0, 4.0, 4.0]])
    found = largest(windows, np.array([counts]), expected, deficits=deficits, normalised=True)
    assert np.isfinite(found.statistic).all()
    whole = largest(BumpWindows.on([Axis(3, (3, 3))]), np.array([counts]), expected, normalised=True)
    assert whole.statistic[0] == whole.expected[0] == 0
