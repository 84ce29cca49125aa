"""The fit of a background sample accepts what follows the function, and sees what does not."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.analysis.processor import DijetProcessor
from dijethunt.analysis.selection import select
from dijethunt.analysis.smoothness import PARTS, bins, smoothness, unweighted
from dijethunt.datasets.process import QCD
from dijethunt.datasets.production import simulate
from dijethunt.datasets.table import FeatureTable
from dijethunt.selections.region import DijetSelection

LOG = logging.getLogger(__name__)

EDGE = 2100.0


def masses(n: int, seed: int) -> np.ndarray:
    """Draw ``n`` masses from a dijet function above the edge."""
    edges = np.linspace(EDGE, 7000, 2000)
    density = bh.integral(lambda m: bh.families.dijet(3).density(m, (1.0, 9.3, 5.9, 0.6)), edges)
    reached = np.concatenate([[0.0], np.cumsum(density)]) / density.sum()
    return np.interp(np.random.default_rng(seed).uniform(size=n), reached, edges)


@pytest.fixture
def falling(make_table: Callable[..., FeatureTable]) -> FeatureTable:
    """Events that follow the dijet function."""
    return make_table(20_000, 1, mjj=masses(20_000, 1))


def test_the_function_describes_itself(falling: FeatureTable) -> None:
    found = smoothness(falling, EDGE, 1)
    assert found.fit.valid
    assert found.fit.goodness is not None
    assert min(found.fit.goodness.p_values.values()) > 0.01
    assert {len(values) for values in found.parts.values()} == {PARTS}
    assert found.uniformity()["saturated"] > 0.01
    assert found.start is not None
    assert abs(found.start["observed"] - found.start["expected"]) < 3 * np.hypot(
        found.start["error"], found.start["expected"] ** 0.5
    )


def test_a_turn_on_is_seen(falling: FeatureTable) -> None:
    kept = np.random.default_rng(2).uniform(size=len(falling)) < (falling["mjj"] - 1900) / 400
    found = smoothness(falling.where(kept), EDGE, 1)
    assert found.start is not None
    assert found.start["observed"] < found.start["expected"] - 5 * found.start["error"]


def test_error_of_the_extrapolation_is_the_scatter_of_toys(make_table: Callable[..., FeatureTable]) -> None:
    table = [make_table(3000, seed, mjj=masses(3000, seed)) for seed in range(12)]
    starts = [smoothness(one, EDGE, 1).start for one in table]
    pulls = [
        (s["expected"] - s["observed"]) / np.hypot(s["error"], s["observed"] ** 0.5) for s in starts if s
    ]
    assert len(pulls) == len(table)
    assert 0.5 < np.std(pulls) < 1.6
    assert abs(np.mean(pulls)) < 1


def test_bins_begin_at_the_edge_of_the_sample() -> None:
    edges = bins(masses(1000, 1), 1950.0)
    assert edges[0] == 1950
    assert np.isin([2037.0, 2132.0], edges).all()
    assert edges[-1] > masses(1000, 1).max()


def test_unweighted_events_have_the_weighted_spectrum(make_table: Callable[..., FeatureTable]) -> None:
    mjj = np.random.default_rng(1).uniform(2100, 4000, 50_000)
    table = make_table(50_000, 1, mjj=mjj, weight=(2100 / mjj) ** 4)
    drawn = unweighted(table)
    assert np.mean(drawn["mjj"]) == pytest.approx(np.average(mjj, weights=table["weight"]), rel=0.005)
    assert unweighted(table.with_columns(weight=np.full(50_000, 2.0))) is not drawn
    assert len(unweighted(table.with_columns(weight=np.full(50_000, 2.0)))) == 50_000


@pytest.mark.slow
def test_simulated_dijets_follow_the_function_from_the_edge_on(tmp_path: Path) -> None:
    """30,000 events, whole and in 20 parts: no turn-on, and p-values that are uniform."""
    file = simulate(QCD(), 30_000, 31, tmp_path / "qcd.root", jobs=os.cpu_count() or 1, mpi=False)
    table, _ = select([file], DijetProcessor(DijetSelection(mjj_min=EDGE), ["msd"]))
    found = smoothness(table, EDGE, 1)
    assert found.fit.goodness is not None
    assert found.start is not None
    LOG.info("whole %s, parts %s, start %s", found.fit.goodness.p_values, found.uniformity(), found.start)
    assert min(found.fit.goodness.p_values.values()) > 0.01
    assert {len(values) for values in found.parts.values()} == {PARTS}
    assert min(found.uniformity().values()) > 0.01
    error = np.hypot(found.start["error"], found.start["expected"] ** 0.5)
    assert abs(found.start["observed"] - found.start["expected"]) < 3 * error
