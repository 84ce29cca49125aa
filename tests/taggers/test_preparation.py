"""The way of features into the space of a flow and back."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.taggers.error import TrainingError
from dijethunt.taggers.preparation import Preparation
from scipy.stats import kstest


def events(n: int = 20_000, seed: int = 1) -> np.ndarray:
    """A mass with a tail, a b tag with a tenth at 0 and a twentieth at 1, a number of candidates."""
    rng = np.random.default_rng(seed)
    tag = rng.beta(0.8, 3, n)
    u = rng.random(n)
    tag = np.where(u < 0.1, 0.0, np.where(u > 0.95, 1.0, tag))
    return np.stack([rng.gamma(2, 40, n), tag, rng.poisson(60, n)], axis=1)


@pytest.fixture(scope="module")
def prepared():
    return Preparation.fit(events())


def test_the_way_back_undoes_all(prepared):
    x = events()
    assert prepared.backward(prepared.forward(x)) == pytest.approx(x, rel=1e-9, abs=1e-9)


def test_it_gives_standardised_numbers_without_spikes(prepared):
    z = prepared.forward(events())
    assert z.mean(axis=0) == pytest.approx([0, 0, 0], abs=0.02)
    assert z.std(axis=0) == pytest.approx([1, 1, 1], abs=0.02)
    assert all(len(np.unique(column)) == len(column) for column in z.T)
    assert np.isfinite(z).all()


def test_spikes_are_as_dense_as_the_other_events(prepared):
    x = events()
    tag = x[(x[:, 1] > 0) & (x[:, 1] < 1), 1]
    width = 0.1 / 0.85 * np.ptp(np.percentile(tag, [16, 84])) / 0.68
    assert prepared.smear.below[1] == pytest.approx(width, rel=0.1)
    assert prepared.smear.above[1] > 0
    assert prepared.smear.below[[0, 2]].tolist() == [0, 0]
    spike = prepared.smear.spread(x[x[:, 1] == 0])[:, 1]
    assert kstest(-spike / prepared.smear.below[1], "uniform").pvalue > 0.01


def test_samples_have_integers_and_spikes(prepared):
    z = np.random.default_rng(3).standard_normal((20_000, 3))
    x = prepared.backward(z)
    assert np.array_equal(x[:, 2], np.round(x[:, 2]))
    assert np.mean(x[:, 1] == 0) > 0.05
    assert (x.min(axis=0) >= events().min(axis=0)).all()
    assert (x.max(axis=0) <= events().max(axis=0)).all()


def test_an_event_has_its_numbers_whatever_is_beside_it(prepared):
    x = events()
    backwards = prepared.forward(x[::-1])[::-1]
    alone = np.concatenate([prepared.forward(row[None]) for row in x[:50]])
    assert np.array_equal(prepared.forward(x), backwards)
    assert np.array_equal(prepared.forward(x)[:50], alone)


def test_minus_zero_is_zero(prepared):
    x = np.array([[50.0, 0.0, 60.0], [50.0, -0.0, 60.0]])
    first, second = prepared.forward(x)
    assert np.array_equal(first, second)


def test_events_outside_are_moved_to_the_edge(prepared):
    x = np.array([[1e9, 0.5, 60.0], [-1.0, 0.5, 60.0], [50.0, 0.5, 60.0]])
    assert prepared.inside(x).tolist() == [False, False, True]
    z = prepared.forward(x)
    assert np.isfinite(z).all()
    assert z[0, 0] > prepared.forward(events())[:, 0].max() - 1e-9
    assert prepared.forward(np.empty((0, 3))).shape == (0, 3)


def test_other_events_of_the_same_range_stay_in_it(prepared):
    """An integer or a spike at the edge is spread elsewhere than those of the training events."""
    assert np.isfinite(prepared.forward(events(seed=2))).all()


def test_state_and_back(prepared):
    again = Preparation.restore(prepared.state())
    assert np.array_equal(again.forward(events()), prepared.forward(events()))


def test_a_feature_without_a_density_is_refused():
    x = events(100)
    x[:, 1] = 0.5
    with pytest.raises(TrainingError, match=r"feature 1 has the value 0\.5 in all 100 training events"):
        Preparation.fit(x)
    x[::2, 1] = 0.25
    with pytest.raises(
        TrainingError, match=r"feature 1 has only the values 0\.25 and 0\.5, which have no density"
    ):
        Preparation.fit(x)


def test_features_that_are_made_of_each_other_are_refused():
    x = events(1000)
    made = np.column_stack([x, x[:, 0] - 3 * x[:, 2]])
    with pytest.raises(TrainingError, match="features 0, 2, 3 are made of each other"):
        Preparation.fit(made)
    made[:, 3] += np.random.default_rng(2).normal(scale=0.1, size=1000)
    Preparation.fit(made)
