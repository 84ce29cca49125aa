"""Statistics of weighted events have known answers and agree with unweighted ones."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.analysis.weighted import effective, equal, middle_and_width, peak, quantile


def test_effective_number_is_that_of_equal_weights() -> None:
    assert effective(np.full(7, 3.0)) == pytest.approx(7)
    assert effective([]) == 0
    assert equal([2.0, 2.0])
    assert not equal([2.0, 1.0])


def test_weights_count_as_repetitions() -> None:
    rng = np.random.default_rng(1)
    values, number = rng.normal(size=500), rng.integers(0, 4, 500)
    q = np.linspace(0.05, 0.95, 10)
    repeated = np.repeat(values, number)
    assert quantile(values, number, q) == pytest.approx(
        quantile(repeated, np.ones(len(repeated)), q), abs=0.1
    )


def test_middle_and_width_of_a_gaussian() -> None:
    values = np.random.default_rng(2).normal(5.0, 2.0, 100_000)
    median, width = middle_and_width(values, np.ones(len(values)))
    assert median == pytest.approx(5.0, abs=0.03)
    assert width == pytest.approx(2.0, abs=0.03)


def test_peak_is_where_events_are_dense() -> None:
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.uniform(0, 1000, 3000), rng.normal(300, 5, 2000)])
    assert peak(values) == pytest.approx(300, abs=3)
    elsewhere = np.where(np.abs(values - 300) < 20, 1e-3, 1.0)
    assert abs(peak(values, elsewhere) - 300) > 20


def test_no_peak_of_hardly_any_events() -> None:
    assert np.isnan(peak(np.arange(9.0)))
    assert np.isnan(quantile([], [], 0.5))
