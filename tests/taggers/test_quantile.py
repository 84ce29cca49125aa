"""Quantile regression of a score against m_jj, and the working points made of it."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch
from dijethunt.datasets.table import FeatureTable, concatenate
from dijethunt.taggers.base import Run
from dijethunt.taggers.error import NotFittedError, ParameterError, SelectionError
from dijethunt.taggers.quantile_curve import QuantileCurves, fold_of
from dijethunt.taggers.quantile_network import QuantileNetwork, ordered
from dijethunt.taggers.quantile_regression import LEARNERS, QuantileRegression
from dijethunt.taggers.quantile_slice import QuantileSlices
from dijethunt.taggers.quantile_trees import QuantileTrees
from dijethunt.taggers.workingpoint import working_point

LOG = logging.getLogger(__name__)
LEVELS = (0.9, 0.95, 0.99)
EFFICIENCIES = (0.01, 0.04, 0.05)
"""Of the slices between the quantiles, the highest first."""
QUICK = QuantileRegression(LEVELS, "trees", folds=5)


def lognormal(n: int, seed: int) -> FeatureTable:
    """Draw the toy of T7: a falling spectrum, the logarithm of the score normal around that of m_jj with a width of 0.3."""
    rng = np.random.default_rng(seed)
    mjj = 2100 + rng.exponential(500, n)
    return FeatureTable(
        {
            "mjj": mjj,
            "score": np.exp(np.log(mjj) + 0.3 * rng.standard_normal(n)),
            "region": np.full(n, -1, np.int8),
            "fold": np.zeros(n, np.int64),
            "part": rng.random(n),
        }
    )


def pulls(table: FeatureTable, selected: np.ndarray, efficiency: float) -> np.ndarray:
    """Return how far the selected fraction is from ``efficiency`` in 20 bins of m_jj of equal counts, in standard deviations."""
    edges = np.quantile(table["mjj"], np.linspace(0, 1, 21))
    bins = np.clip(np.searchsorted(edges, table["mjj"], side="right") - 1, 0, 19)
    fraction = np.bincount(bins, selected, 20) / np.bincount(bins, minlength=20)
    return (fraction - efficiency) / np.sqrt(efficiency * (1 - efficiency) * 20 / len(table))


def slope(found: np.ndarray) -> float:
    """Return the slope of pulls over the bins, in standard deviations."""
    x = np.arange(20) - 9.5
    return float((found * x).sum() / np.sqrt((x**2).sum()))


@pytest.mark.slow
@pytest.mark.parametrize("learner", LEARNERS)
def test_t7_flat_in_mass_with_the_published_folds(learner):
    """T7 with 200,000 events: 18 of 20 bins within three standard deviations, no slope; five seeds, medians."""
    within, slopes = [], []
    for seed in range(5):
        table = lognormal(200_000, seed)
        rule = QuantileSlices(regression=QuantileRegression(LEVELS, learner), seed=seed).fit(table)
        found = pulls(table, rule.select(table) == 0, 0.01)
        within.append(int(np.sum(np.abs(found) < 3)))
        slopes.append(slope(found))
    LOG.info("T7, %s: bins within 3 sd %s, slopes %s", learner, within, [f"{s:.2f}" for s in slopes])
    assert np.median(within) >= 18
    assert np.median(np.abs(slopes)) < 2


@pytest.mark.parametrize("learner", LEARNERS)
def test_slices_hold_the_same_share_of_the_events_at_each_mass(learner):
    table = lognormal(20_000, 1)
    rule = QuantileSlices(regression=QuantileRegression(LEVELS, learner, folds=5)).fit(table)
    category = rule.select(table)
    for number, efficiency in enumerate(EFFICIENCIES):
        found = pulls(table, category == number, efficiency)
        assert np.sum(np.abs(found) < 3) >= 18
        assert abs(slope(found)) < 3
    assert rule.nominal == pytest.approx(0.1)
    assert rule.categories == 3


def test_a_flat_cut_is_not_flat_in_mass():
    table = lognormal(20_000, 1)
    cut = table["score"] >= np.quantile(table["score"], 0.99)
    found = pulls(table, cut, 0.01)
    assert np.sum(np.abs(found) < 3) < 18
    assert slope(found) > 10


def test_the_events_of_a_fold_hardly_move_its_own_quantiles():
    """A fold in which every third event is most anomalous has the threshold that the others have without them."""
    table = lognormal(10_000, 2)
    fold, raised = fold_of(table["part"], 5), np.arange(10_000) % 3 == 0
    other = table.with_columns(score=np.where((fold == 2) & raised, 1e6, table["score"]))
    probe = lognormal(20_000, 3)
    before, after = (QuantileSlices(regression=QUICK).fit(t).select(probe) >= 0 for t in (table, other))
    own = fold_of(probe["part"], 5) == 2
    assert np.mean(after[own]) == pytest.approx(np.mean(before[own]), rel=0.1)
    assert np.mean(after[~own]) < 0.5 * np.mean(before[~own])


def test_the_signal_region_has_no_say():
    table = lognormal(5000, 3)
    inside = (table["mjj"] > 2500) & (table["mjj"] < 3000)
    table = table.with_columns(region=np.where(inside, 0, -1).astype(np.int8))
    signal = table.where(inside).with_columns(score=np.full(inside.sum(), 1e5))
    rules = [QuantileSlices(regression=QUICK).fit(t) for t in (table, concatenate([table, signal]))]
    assert np.array_equal(*(rule.curves[0].values for rule in rules))
    assert np.all(rules[0].select(signal) == 0)


def test_models_of_folds_with_other_scales_are_cut_alike():
    table = concatenate([lognormal(6000, 4), lognormal(6000, 5).with_columns(fold=np.ones(6000, np.int64))])
    scaled = table.with_columns(score=np.where(table["fold"] == 1, 100 * table["score"], table["score"]))
    category = QuantileSlices(regression=QUICK, groups=2).fit(scaled).select(scaled)
    for fold in (0, 1):
        assert np.mean(category[table["fold"] == fold] == 0) == pytest.approx(0.01, abs=0.005)
    joint = QuantileSlices(regression=QUICK, groups=1).fit(scaled).select(scaled)
    assert np.mean(joint[table["fold"] == 0] >= 0) < 0.02


def test_any_monotone_map_of_the_score_gives_the_same_slices():
    table = lognormal(5000, 6)
    other = table.with_columns(score=np.log(table["score"]) ** 3)
    category = [QuantileSlices(regression=QUICK).fit(t).select(t) for t in (table, other)]
    assert np.mean(category[0] == category[1]) > 0.999


@pytest.mark.parametrize("learner", [QuantileNetwork(epochs=4), QuantileTrees(rounds=10)])
def test_quantiles_never_cross(learner):
    """Of both learners, before anything is smoothed: the data are much narrower on one side."""
    rng = np.random.default_rng(7)
    x = [rng.uniform(-1, 1, 1000)]
    score = [rng.standard_normal(1000) * np.where(x[0] < 0, 1e-3, 1.0)]
    levels = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99])
    found = learner.quantiles(x, score, levels, np.linspace(-2, 2, 50), Run(seed=1))
    assert found.shape == (1, 7, 50)
    assert np.all(np.diff(found, axis=1) >= 0)


def test_ordered_outputs_never_cross():
    outputs = torch.from_numpy(np.random.default_rng(1).normal(0, 5, (100, 7)))
    assert (ordered(outputs).diff(dim=1) >= 0).all()
    assert (outputs.diff(dim=1) < 0).any()


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("n", [2000, 20_000])
def test_the_default_holds_its_shares_with_few_events(n, learner):
    """Mean share of a hundred thousand other events in the three slices; with 20 folds of 100 events the first would have .018."""
    regression = QuantileRegression(LEVELS, learner)
    shares = []
    for seed in range(3 if n == 2000 else 1):
        rule = QuantileSlices(regression=regression, seed=seed).fit(lognormal(n, 10 + seed))
        category = rule.select(lognormal(100_000, 30))
        shares.append([np.mean(category == i) for i in range(3)])
    found = np.mean(shares, axis=0)
    LOG.info("%d events, %s: %s", n, learner, found)
    assert found == pytest.approx(EFFICIENCIES, rel=0.25 if n > 2000 else 0.4)


def test_equal_scores_are_divided_at_each_mass():
    """Three events in a hundred share the highest score, at any mass; the first slice has a third of them."""
    table = lognormal(20_000, 5)
    rng = np.random.default_rng(6)
    score = np.where(rng.random(20_000) < 0.03, 2.0, np.minimum(rng.random(20_000), 1.5))
    tied = table.with_columns(score=score)
    category = QuantileSlices(regression=QUICK).fit(tied).select(tied)
    found = pulls(tied, category == 0, 0.01)
    assert np.sum(np.abs(found) < 3) >= 18
    assert abs(slope(found)) < 3
    assert np.mean(score[category == 0] == 2.0) > 0.99


def test_curves_are_linear_between_points_and_flat_outside():
    curves = QuantileCurves(np.array([2000.0, 3000.0]), np.array([[[1.0, 2.0]], [[5.0, 5.0]]]))
    found = curves(np.array([1000.0, 2500.0, 9000.0, 2500.0]), np.array([0.1, 0.2, 0.3, 0.9]))
    assert found.tolist() == [[1.0], [1.5], [2.0], [5.0]]


def test_the_same_seed_gives_the_same_slices():
    table = lognormal(1000, 8)
    rule = QuantileSlices(regression=replace(QUICK, learner="network", folds=2), seed=3)
    assert np.array_equal(*(rule.fit(table).select(table) for _ in range(2)))


def test_a_configuration_says_which_quantiles():
    assert working_point({"kind": "quantile"}, 0.05) == QuantileSlices(
        regression=QuantileRegression((0.95,)), groups=5
    )
    settings = {"kind": "quantile", "efficiencies": [0.01, 0.05], "learner": "trees", "folds": 7, "degree": 2}
    point = working_point(settings, 1.0, 5, "B3", 9, folded=False)
    assert point == QuantileSlices(
        regression=QuantileRegression((0.95, 0.99), "trees", 7, 2), groups=1, seed=9, window="B3"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"efficiencies": [0.05, 0.01]},
            r"efficiencies is \[0.05, 0.01\]; allowed: rising numbers above 0 and below 1",
        ),
        ({"efficiencies": []}, "efficiencies is"),
        ({"efficiencies": [0.1, 1.0]}, "efficiencies is"),
        ({"learner": "tree"}, "no learner 'tree'; did you mean 'trees'"),
        ({"folds": 1}, "folds is 1; allowed: 2 or more"),
        ({"degre": 3}, "did you mean 'degree'"),
    ],
)
def test_impossible_quantiles_are_refused(settings, message):
    with pytest.raises(ParameterError, match=message):
        working_point({"kind": "quantile", **settings}, 0.05)


def test_too_few_events_are_refused():
    with pytest.raises(
        SelectionError,
        match=r"window B3: quantile regression: \d+ events in one of 2 folds; allowed: 20 or more",
    ):
        QuantileSlices(regression=QUICK, window="B3").fit(lognormal(30, 1))
    with pytest.raises(SelectionError, match="window B3, fold 1: no events outside of the signal region"):
        QuantileSlices(regression=QUICK, groups=2, window="B3").fit(lognormal(3000, 1))
    with pytest.raises(NotFittedError):
        QuantileSlices(regression=QUICK).select(lognormal(10, 1))
