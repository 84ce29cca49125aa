"""Sums of weights, and the cross section of what is kept."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.datasets.weight import Tally, kept_cross_section


def tally(weights: np.ndarray) -> Tally:
    found = Tally()
    found.add(weights)
    return found


def test_share_is_that_of_weights_not_of_events() -> None:
    tried, kept = tally(np.array([1.0, 1.0, 1.0, 5.0])), tally(np.array([5.0]))
    assert kept_cross_section((80.0, 0.0), tried, kept)[0] == pytest.approx(50.0)


def test_nothing_tried_is_nothing_kept() -> None:
    assert kept_cross_section((80.0, 1.0), Tally(), Tally())[0] == 0.0


@pytest.mark.parametrize("power", [0.0, 2.0])
def test_error_is_that_of_repeated_runs(power: float) -> None:
    rng, found = np.random.default_rng(1), []
    for _ in range(400):
        x = rng.random(300) + 0.5
        weights, kept = x**power, rng.random(300) < 0.4 * x
        found.append(kept_cross_section((10.0, 0.0), tally(weights), tally(weights[kept])))
    values, errors = np.array(found).T
    assert errors.mean() == pytest.approx(values.std(), rel=0.12)


def test_errors_of_both_parts_are_combined() -> None:
    tried = tally(np.ones(100))
    assert kept_cross_section((10.0, 3.0), tried, tried) == pytest.approx((10.0, 3.0))
