"""The background of pseudo-experiments: masses from a smooth function, everything else from an event of about this mass."""

from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.analysis.hidden import StudyError
from dijethunt.analysis.pseudo_data import Smooth, imagine, spread_out
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
    made = imagine(events, masses, 0.0, np.random.default_rng(3))
    assert np.array_equal(made["mjj"], masses)
    distance = abs(events["mjj"][:, None] - masses).min(axis=0)
    assert np.allclose(abs(20 * made["j1_msd"] - masses), distance)
    assert np.array_equal(events["j1_msd"][made["event"]], made["j1_msd"])


def test_features_come_from_as_far_as_asked_for_and_not_from_outside_of_the_pool():
    moved = spread_out(np.full(20_000, 3000.0), 0.1, 2900.0, 8000.0, np.random.default_rng(3))
    assert moved.min() >= 2900
    assert np.std(np.log(moved[moved > 3110] / 3000)) == pytest.approx(0.0536, abs=0.004)  # of a cut normal
    assert np.mean(moved > 3000) == pytest.approx(
        1 - 0.1324, abs=0.01
    )  # P(-0.339 < z < 0), the others turned round
    free = spread_out(np.full(20_000, 3000.0), 0.1, 1.0, 1e5, np.random.default_rng(3))
    assert np.std(np.log(free / 3000)) == pytest.approx(0.1, rel=0.02)


def test_what_the_pool_has_too_much_of_makes_no_narrow_bump():
    events, rng = pool(100_000, 1), np.random.default_rng(4)
    often = abs(events["mjj"] - 3000) < 60
    marked = rng.random(len(events)) < np.where(often, 0.2, 0.1)
    masses = np.sort(2231 + rng.exponential(500, 45_000))

    def share(spread: float) -> float:
        made = imagine(events.with_columns(marked=marked), masses, spread, rng)
        return float(np.mean(made["marked"][abs(masses - 3000) < 60]))

    assert share(0.0) == pytest.approx(0.2, abs=0.02)
    assert share(0.1) == pytest.approx(0.1 + 0.1 * 0.158, abs=0.02)  # P(|z| < 0.2)


def test_a_pool_that_is_too_small_is_refused():
    with pytest.raises(
        StudyError, match=r"a pool of [67]\d\d events from 2300 to 6000 GeV for pseudo-experiments of 500"
    ):
        imagine(pool(800, 1), np.linspace(2300, 6000, 500), 0.1, np.random.default_rng(3))


def test_a_pool_of_twice_the_mean_is_enough_for_a_fluctuation():
    """500 on average are 560 in one of three hundred pseudo-experiments; that does not end all of them."""
    drawn = imagine(pool(1200, 1), np.linspace(2300, 6000, 560), 0.1, np.random.default_rng(3))
    assert len(drawn) == 560
