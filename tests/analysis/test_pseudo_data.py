"""The background of pseudo-experiments: masses from a smooth function, everything else from the nearest event."""

from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.analysis.hidden import StudyError
from dijethunt.analysis.pseudo_data import Smooth, imagine
from dijethunt.datasets.table import FeatureTable
from scipy.stats import kstest

EDGES = bh.dijet_edges(2231, 8000)


@pytest.fixture(scope="module")
def smooth() -> Smooth:
    rng = np.random.default_rng(1)
    return Smooth.fit(2000 + rng.exponential(500, 300_000), np.asarray(EDGES), bh.families.dijet(3))


def pool(n: int, seed: int) -> FeatureTable:
    mjj = 2231 + np.random.default_rng(seed).exponential(500, n)
    return FeatureTable({"mjj": mjj, "event": np.arange(n), "j1_msd": mjj / 20})


def test_masses_follow_the_fitted_function(smooth):
    masses = smooth.draw(100_000, np.random.default_rng(2))
    cumulated = np.concatenate([[0.0], np.cumsum(smooth.expected)]) / smooth.expected.sum()
    assert kstest(masses, lambda m: np.interp(m, smooth.edges, cumulated)).pvalue > 0.01
    assert kstest(masses, lambda m: np.interp(m * 1.01, smooth.edges, cumulated)).pvalue < 1e-6


def test_a_bump_of_the_pool_is_not_in_the_function():
    rng = np.random.default_rng(3)
    bump = np.concatenate([2000 + rng.exponential(500, 100_000), rng.normal(3000, 100, 1500)])
    made = Smooth.fit(bump, np.asarray(EDGES), bh.families.dijet(3))
    centres = (made.edges[1:] + made.edges[:-1]) / 2
    inside = abs(centres - 3000) < 100
    counts = np.histogram(bump, made.edges)[0]
    assert counts[inside].sum() > made.expected[inside].sum() + 5 * np.sqrt(counts[inside].sum())


def test_numbers_follow_a_poisson_distribution(smooth):
    numbers = [len(smooth.draw(1000, np.random.default_rng(i))) for i in range(300)]
    assert np.mean(numbers) == pytest.approx(1000, abs=4 * np.sqrt(1000 / 300))
    assert np.var(numbers) == pytest.approx(1000, rel=0.35)


def test_everything_but_the_mass_is_that_of_the_nearest_event():
    events, masses = pool(5000, 1), np.sort(2231 + np.random.default_rng(2).exponential(500, 500))
    made = imagine(events, masses)
    assert np.array_equal(made["mjj"], masses)
    distance = abs(events["mjj"][:, None] - masses).min(axis=0)
    assert np.allclose(abs(20 * made["j1_msd"] - masses), distance)
    assert np.array_equal(events["j1_msd"][made["event"]], made["j1_msd"])


def test_a_pool_that_is_too_small_is_refused():
    with pytest.raises(StudyError, match="a pool of 900 events for pseudo-experiments of 500"):
        imagine(pool(900, 1), np.full(500, 3000.0))
