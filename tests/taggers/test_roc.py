"""ROC curves, their replicas and their bands."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.taggers.error import MetricError
from dijethunt.taggers.metric import area, rejection_curve
from dijethunt.taggers.roc import band, bootstrap, replicas, roc
from sklearn.metrics import roc_curve


@pytest.fixture(scope="module")
def events() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores with ties, truth and weights."""
    rng = np.random.default_rng(1)
    truth = (rng.uniform(size=3000) < 0.3).astype(int)
    return np.round(rng.normal(truth, 1.0), 1), truth, rng.uniform(0.1, 3.0, 3000)


def test_points_of_a_small_curve():
    curve = roc([4.0, 3.0, 3.0, 2.0, 1.0], [1, 1, 0, 0, 1])
    assert curve.signal.tolist() == pytest.approx([0, 1 / 3, 2 / 3, 2 / 3, 1])
    assert curve.background.tolist() == [0, 0, 0.5, 1, 1]
    assert curve.n_background.tolist() == [0, 0, 1, 2, 2]


def test_efficiencies_are_those_of_sklearn(events):
    curve = roc(*events)
    background, signal, _ = roc_curve(events[1], events[0], sample_weight=events[2], drop_intermediate=False)
    np.testing.assert_allclose(curve.signal, signal, atol=1e-12)
    np.testing.assert_allclose(curve.background, background, atol=1e-12)


def test_between_points_the_curve_is_straight():
    curve = roc([1.0, 1.0, 0.0, 0.0, 0.0, 0.0], [1, 0, 1, 0, 0, 0])
    eps, passed = curve.at_signal(0.25)
    assert (eps, passed) == (0.125, 0.5)
    assert curve.at_background(0.125) == 0.25


def test_a_vertical_or_horizontal_part_is_read_at_its_better_end():
    curve = roc([4.0, 3.0, 2.0, 1.0], [1, 0, 0, 1])
    assert curve.at_signal(0.5)[0] == 0.0
    assert curve.at_background(0.0) == 0.5


def test_weights_count_as_repeated_events(events):
    scores, truth, _ = events
    times = np.random.default_rng(2).integers(0, 4, len(scores))
    weighted = roc(scores, truth, times)
    repeated = roc(np.repeat(scores, times), np.repeat(truth, times))
    np.testing.assert_allclose(area(weighted), area(repeated), rtol=1e-12)


def test_effective_numbers_of_weighted_events():
    curve = roc([2.0, 1.0, 1.5], [0, 0, 1], [3.0, 1.0, 1.0])
    assert curve.n_background.tolist() == pytest.approx([0, 1, 1, 16 / 10])


def test_the_band_of_replicas_covers_other_samples():
    rng = np.random.default_rng(3)
    grid = np.array([0.2, 0.4, 0.6, 0.8])

    def sample():
        truth = np.repeat([0, 1], [2000, 500])
        return rng.normal(truth, 1.0), truth

    expected = np.median([rejection_curve(roc(*sample()), grid) for _ in range(200)], axis=0)
    inside = []
    for seed in range(60):
        events = sample()
        found = band(roc(*events), replicas(*events, n=60, seed=seed), lambda c: rejection_curve(c, grid))
        assert (found.low <= found.high).all()
        inside.append((found.low <= expected) & (expected <= found.high))
    assert np.mean(inside) == pytest.approx(0.68, abs=0.1)


def test_replicas_have_the_spread_of_independent_samples(events):
    rng = np.random.default_rng(4)
    truth = np.repeat([0, 1], [1000, 300])
    areas = [area(roc(rng.normal(truth, 1.0), truth)) for _ in range(300)]
    error = bootstrap(replicas(rng.normal(truth, 1.0), truth, n=200), area)
    assert error == pytest.approx(np.std(areas), rel=0.2)


def test_replicas_are_repeatable(events):
    first, second = ([area(c) for c in replicas(*events, n=3, seed=5)] for _ in range(2))
    assert first == second
    assert len(set(first)) == 3


def test_a_band_is_blank_where_curves_have_no_value():
    curves = [roc([3.0, 2.0, 1.0, 0.0], [1, 0, 1, 0])] * 3
    values = iter(
        [np.array([1.0, np.nan]), np.array([np.nan, 1.0]), np.array([2.0, 2.0]), np.array([1.0, 1.0])]
    )
    drawn = band(curves[0], curves, lambda _: next(values))
    assert np.isnan(drawn.centre).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, np.nan], [0, 1]), "1 scores are not finite"),
        (([1.0, 2.0], [1, 1]), r"no background event \(truth 0\)"),
        (([1.0, 2.0], [0, 1], [1.0, 0.0]), r"no signal event \(truth 1\)"),
        (([1.0, 2.0], [0, 1], [1.0, -1.0]), "1 weights are negative"),
        (([1.0, 2.0, 3.0], [0, 1, 2]), "allowed: 0 and 1"),
        (([1.0, 2.0], [0]), "2 scores, 1 labels and 2 weights"),
    ],
)
def test_events_without_a_curve_are_refused(arguments, message):
    with pytest.raises(MetricError, match=message):
        roc(*arguments)


def test_one_replica_has_no_spread(events):
    with pytest.raises(MetricError, match="at least 2 replicas; got 1"):
        bootstrap(replicas(*events, n=1), area)
    with pytest.raises(MetricError, match="at least 2 curves"):
        band(roc(*events), replicas(*events, n=1), lambda curve: curve.signal)
