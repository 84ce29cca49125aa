from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dijethunt.analysis.reach import (
    crossing,
    detection_threshold,
    learning_threshold,
    stability,
    training_seconds,
    uniformity,
)
from dijethunt.datasets.error import DataError
from dijethunt.taggers.inclusive import Inclusive
from dijethunt.taggers.store import Training, save


def test_a_crossing_is_interpolated_and_must_be_final() -> None:
    assert crossing([0, 100, 200], [0.0, 2.0, 4.0], 3.0) == 150
    assert crossing([0, 100, 200, 300], [3.5, 2.0, 4.0, 5.0], 3.0) == 150
    assert crossing([100, 200], [3.0, 4.0], 3.0) == 100
    assert crossing([100, 200], [5.0, 2.9], 3.0) is None
    assert crossing([0, 100, 200, 300], [1.0, np.nan, 3.0, np.nan], 2.0) == 100
    assert crossing([0, 100], [np.nan, np.nan], 2.0) is None


def test_thresholds_are_those_of_the_median() -> None:
    strength = [0, 100, 200, 400]
    z = np.array([[0.0, 1.0, -9.0], [2.0, 0.0, 9.0], [4.0, 3.0, 6.0], [6.0, 5.0, 99.0]])
    assert detection_threshold(strength, z, 3.0) == 150
    assert detection_threshold(strength, z, 5.0) == 300
    assert learning_threshold(strength, z) == 100
    assert detection_threshold(strength, z, 7.0) is None


def test_the_threshold_of_a_known_significance() -> None:
    """Z = S / 100 with a spread of 1: 3 sigma at 300 events."""
    rng = np.random.default_rng(1)
    strength = np.arange(0, 700, 100)
    z = strength[:, None] / 100 + rng.normal(size=(7, 401))
    assert detection_threshold(strength, z, 3.0) == pytest.approx(300, abs=25)


def test_stability() -> None:
    found = stability([1.0, 5.0, 6.0, 7.0, 6.0])
    assert (found.mean, found.failures) == (5.0, 0.2)
    assert found.deviation == pytest.approx(np.std([1, 5, 6, 7, 6], ddof=1))


def test_p_values_without_signal_are_uniform_and_with_signal_are_not() -> None:
    rng = np.random.default_rng(2)
    assert uniformity(rng.uniform(size=500)) > 0.01
    assert uniformity(rng.uniform(size=500) ** 2) < 1e-6
    assert uniformity(np.minimum(rng.uniform(size=500), 0.5)) < 1e-6


def test_the_cost_of_the_saved_models(tmp_path: Path) -> None:
    for i in range(3):
        save(tmp_path / f"member{i}", Inclusive(), Training(seed=1, seconds=1.5 + i))
    assert training_seconds(tmp_path.iterdir()) == 7.5
    save(tmp_path / "unknown", Inclusive(), Training(seed=1))
    with pytest.raises(DataError, match="unknown does not say how long its training took"):
        training_seconds(tmp_path.iterdir())


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(DataError, match="increasing strengths"):
        crossing([100, 0], [1.0, 2.0], 3.0)
    with pytest.raises(DataError, match="the scatter of 4 trainings; at least 5"):
        stability([1.0] * 4)
