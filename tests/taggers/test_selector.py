"""The working point of fixed efficiency."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers.error import NotFittedError, ParameterError, SelectionError
from dijethunt.taggers.selector import NOT_SELECTED, FixedEfficiency
from dijethunt.taggers.weight import sideband_weight


@pytest.fixture
def table() -> FeatureTable:
    """Scores on another scale in every fold, and larger ones at high mass."""
    rng = np.random.default_rng(1)
    n = 30_000
    region = rng.choice(np.array([-1, 0, 1, 2], dtype=np.int8), n, p=[0.5, 0.3, 0.15, 0.05])
    fold = rng.integers(0, 5, n)
    score = rng.normal(size=n) * (fold + 1) + 0.3 * region
    return FeatureTable({"score": score, "region": region, "fold": fold})


@pytest.mark.parametrize("efficiency", [0.01, 0.03, 0.5])
def test_every_fold_has_the_weighted_efficiency(table, efficiency):
    selected = FixedEfficiency(efficiency=efficiency).fit(table).select(table) >= 0
    weight = sideband_weight(table["region"])
    for fold in range(5):
        rows = table["fold"] == fold
        found = weight[rows & selected].sum() / weight[rows].sum()
        assert abs(found - efficiency) <= weight.max() / weight[rows].sum()


def test_the_signal_region_and_events_outside_do_not_move_the_threshold(table):
    point = FixedEfficiency(efficiency=0.01).fit(table)
    sidebands = np.abs(table["region"]) == 1
    changed = table.with_columns(score=np.where(sidebands, table["score"], 1e9))
    assert np.array_equal(FixedEfficiency(efficiency=0.01).fit(changed).thresholds, point.thresholds)


def test_each_fold_has_one_threshold_at_all_masses(table):
    point = FixedEfficiency(efficiency=0.1).fit(table)
    selected = point.select(table)
    for fold in range(5):
        rows = table["fold"] == fold
        assert table["score"][rows & (selected == 0)].min() == point.thresholds[fold]
        assert table["score"][rows & (selected == NOT_SELECTED)].max() < point.thresholds[fold]


def test_efficiency_one_selects_everything(table):
    point = FixedEfficiency(efficiency=1).fit(table)
    lower = table.with_columns(score=table["score"] - 1e6)
    assert np.all(point.select(lower) == 0)


def test_of_tied_scores_the_nearest_efficiency_is_taken():
    region, fold = np.full(100, -1, dtype=np.int8), np.zeros(100, dtype=int)
    score = np.repeat([0.0, 1.0, 2.0], [80, 12, 8])
    table = FeatureTable({"score": score, "region": region, "fold": fold})
    point = FixedEfficiency(efficiency=0.11, folds=1).fit(table)
    assert point.thresholds.tolist() == [2.0]
    assert point.achieved == pytest.approx([0.08])


def test_a_fold_without_sidebands_is_named(table):
    empty = table.where((table["fold"] != 3) | (table["region"] == 0))
    with pytest.raises(SelectionError, match=r"window B3, fold 3: no sideband events"):
        FixedEfficiency(efficiency=0.01, window="B3").fit(empty)


def test_misuse_is_refused(table):
    with pytest.raises(NotFittedError, match="fit"):
        FixedEfficiency(efficiency=0.01).select(table)
    with pytest.raises(SelectionError, match="the working point has 2"):
        FixedEfficiency(efficiency=0.01, folds=2).fit(table).select(table)
    for efficiency in (0.0, 1.01, -1.0):
        with pytest.raises(ParameterError, match="above 0 and at most 1"):
            FixedEfficiency(efficiency=efficiency)
