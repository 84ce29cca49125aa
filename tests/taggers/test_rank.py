"""The empirical quantile transform."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.taggers.error import TrainingError
from dijethunt.taggers.rank import Rank
from scipy.stats import kstest


def test_ranks_of_the_fitted_events_are_uniform_in_their_weights():
    rng = np.random.default_rng(1)
    scores, weight = rng.normal(size=5000), rng.uniform(0.5, 2, 5000)
    ranks = Rank.fit(scores, weight)(scores)
    content = np.histogram(ranks, 20, range=(0, 1), weights=weight)[0] / weight.sum()
    assert content == pytest.approx(np.full(20, 0.05), abs=2.0 / weight.sum())


def test_events_without_weight_do_not_count():
    assert Rank.fit([1, 2, 100, 200], [1, 1, 0, 0]).scores.tolist() == [1, 2]


def test_order_is_kept_beyond_the_fitted_range():
    rank = Rank.fit(np.linspace(-1, 1, 1000))
    scores = np.linspace(-8, 8, 20_001)
    ranks = rank(scores)
    assert np.all(np.diff(ranks) > 0)
    assert 0 < ranks[0] < ranks[-1] < 1


def test_ties_get_the_middle_of_their_ranks():
    assert Rank.fit([0, 1, 1, 2])([0, 1, 2]) == pytest.approx([0.125, 0.5, 0.875])


def test_a_single_score_ranks_in_the_middle():
    rank = Rank.fit([3.0, 3.0])
    assert rank(3.0) == pytest.approx(0.5)
    assert rank(2.0) < 0.5 < rank(4.0)


def test_state_restores_the_transform():
    rank = Rank.fit(np.random.default_rng(2).normal(size=100))
    probe = np.linspace(-4, 4, 50)
    assert np.array_equal(Rank.restore(rank.state())(probe), rank(probe))


def test_no_weight_at_all_is_an_error():
    with pytest.raises(TrainingError, match="positive weight"):
        Rank.fit([1.0, 2.0], [0.0, 0.0])


def test_a_spread_rank_rises_with_the_score_whatever_is_tied():
    """Four fifths of the events share the lowest score: one a little above comes after all of them."""
    rng = np.random.default_rng(1)
    scores = np.where(rng.random(5000) < 0.8, 0.0, rng.uniform(1, 2, 5000))
    rank = Rank.fit(scores)
    spread = rank.spread(scores, rng.random(5000))
    assert kstest(spread, "uniform").pvalue > 0.01
    assert rank.spread([0.5], [0.0])[0] >= spread[scores == 0].max()
    assert rank.spread([0.5], [0.9])[0] <= spread[scores > 0].min()
    assert rank.spread([9.0, -9.0], [0.3, 0.3]).tolist() == [pytest.approx(1.0), 0.0]
