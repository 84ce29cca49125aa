"""What cross-fitted CWoLa finds, and does not find, in toys of known truth (acceptance tests T1, T2, T3, T9)."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers.base import Sample, Tagger
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.cwola import CWoLa
from dijethunt.taggers.cwola_joint import CWoLaJoint
from dijethunt.taggers.cwola_network import CWoLaNetwork
from dijethunt.taggers.ensemble import ensemble
from dijethunt.taggers.toy import WINDOW

LOG = logging.getLogger(__name__)
FEATURES = ("a", "b", "c", "d")
OPTIMUM, OPTIMUM_AT_1_PERCENT = 21.0, 9.72
BY_HEART = {"patience": 0, "rounds": 100, "depth": 6, "leaf_weight": 1.0}
OVERTRAINED = CWoLa(features=FEATURES, **BY_HEART)
OVERTRAINED_JOINT = CWoLaJoint(features=FEATURES, restarts=1, **BY_HEART)
TREES = [CWoLa(features=FEATURES), CWoLaJoint(features=FEATURES)]
NETWORKS = [CWoLaNetwork(features=FEATURES), CWoLaJoint(features=FEATURES, classifier="perceptron")]


def crossfit(table: FeatureTable, seed: int, tagger: Tagger = TREES[0], members: int = 4):
    return CrossFit(tagger, seed=seed, members=members).fit(Sample(table, window=WINDOW))


def by_name(taggers: list[Tagger]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("tagger", taggers, ids=lambda tagger: tagger.name)


def test_the_number_of_an_event_is_of_no_use_to_others(lr_toy, leak):
    """T9 with a feature that no two events share: what is learned by heart gains nothing on events of other folds."""
    table = lr_toy(4000, 0, 1, jets="noise")
    number = np.random.default_rng(1).permutation(len(table)).astype(float)
    table = table.with_columns(j1_number=number, j2_number=number)
    tagger = replace(OVERTRAINED, features=(*FEATURES, "number"))
    assert leak(tagger, table, 1, 0.05, 2) == pytest.approx(1.0, abs=0.3)
    assert leak(tagger, table, 1, 0.05, 2, folds=None) > 3


@by_name([OVERTRAINED, OVERTRAINED_JOINT])
def test_folds_keep_what_was_learned_from_an_event_from_its_own_score(lr_toy, leak, tagger):
    """T9 with 4,000 events a side and 5%: the ratio of 1.0 has an error of 0.1."""
    table = lr_toy(4000, 0, 1, jets="noise")
    assert leak(tagger, table, 1, 0.05, 2) == pytest.approx(1.0, abs=0.3)
    assert leak(tagger, table, 1, 0.05, 2, folds=None) > 3


@pytest.mark.slow
@by_name([OVERTRAINED, OVERTRAINED_JOINT])
def test_t9_leak_between_folds(lr_toy, leak, tagger):
    """Measured: with folds 0.98 on average (0.83 to 1.16), without 9.5 and 10.0; joint 0.95 (0.80 to 1.13), 10.8."""
    tables = [lr_toy(20_000, 0, seed, jets="noise") for seed in range(10)]
    ratios = [leak(tagger, table, seed, 0.01, 4) for seed, table in enumerate(tables)]
    leaks = [leak(tagger, table, seed, 0.01, 4, folds=None) for seed, table in enumerate(tables[:2])]
    LOG.info("with folds %s, without %s", np.round(ratios, 2), np.round(leaks, 2))
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.1)
    assert min(leaks) > 3


def test_a_signal_is_found(lr_toy, sic):
    """T1 with a fifth of its events, at twice its signal fraction."""
    model = crossfit(lr_toy(8000, 160, 1), seed=1, members=2)
    test = lr_toy(20_000, 4000, 101)
    scores = model.score(test)
    assert sic(scores, test["truth"], floor=5e-3) > 0.6 * OPTIMUM_AT_1_PERCENT
    assert sic(scores, test["truth"], at=0.01) < 1.03 * OPTIMUM_AT_1_PERCENT


@pytest.mark.slow
@by_name(TREES)
def test_t1_reach_of_the_likelihood_ratio(lr_toy, sic, tagger):
    """Measured: max SIC 18.7 (15.5 to 19.3) and 8.7 at 1% (8.4 to 8.9) for trees of each jet.

    For joint ones 18.8 (16.6 to 19.6) and 8.6 (8.4 to 8.9).
    """
    test = lr_toy(100_000, 20_000, 100)
    scores = [crossfit(lr_toy(40_000, 400, seed), seed, tagger).score(test) for seed in range(5)]
    largest = [sic(s, test["truth"]) for s in scores]
    at_1_percent = [sic(s, test["truth"], at=0.01) for s in scores]
    LOG.info("max SIC %s, at 1%% %s", np.round(largest, 1), np.round(at_1_percent, 2))
    assert np.median(largest) > 0.8 * OPTIMUM
    assert max(at_1_percent) < 1.03 * OPTIMUM_AT_1_PERCENT


def test_nothing_is_found_where_nothing_is(lr_toy, sic):
    """T2 with a fifth of its events and three seeds."""
    test = lr_toy(20_000, 4000, 100)
    found = [
        sic(crossfit(lr_toy(4000, 0, s), s, members=2).score(test), test["truth"], at=0.01) for s in range(3)
    ]
    assert np.median(found) < 2.5


@pytest.mark.slow
@by_name(NETWORKS)
def test_t1_reach_of_networks(lr_toy, sic, tagger):
    """Two members of one outer fold: four networks, or two perceptrons.

    Measured: max SIC 19.8 and 9.58 at 1%; with the published training 19.0 and 9.45; perceptrons 20.3 and 9.62.
    """
    table, test = lr_toy(40_000, 400, 0), lr_toy(100_000, 20_000, 100)
    plan = CrossFit(tagger, seed=0, members=4)
    sample = Sample(table, window=WINDOW)
    members = [plan.fit_unit(sample, 0, member) for member in range(2)]
    scores = ensemble(members).calibrate(plan.division.held_out(sample, 0)).score(test)
    largest, at_1_percent = sic(scores, test["truth"]), sic(scores, test["truth"], at=0.01)
    LOG.info("max SIC %.1f, at 1%% %.2f", largest, at_1_percent)
    assert largest > 0.8 * OPTIMUM
    assert at_1_percent < 1.03 * OPTIMUM_AT_1_PERCENT


@pytest.mark.slow
@by_name(TREES)
def test_t2_no_signal(lr_toy, sic, pass_ratio, tagger):
    """Measured: median of max SIC 0.97, largest 2.81, mean at 1% 0.59, pass ratio 0.99; joint 0.86, 2.08, 0.52, 0.99."""
    test = lr_toy(50_000, 10_000, 100)
    tables = [lr_toy(20_000, 0, seed) for seed in range(20)]
    models = [crossfit(table, seed, tagger) for seed, table in enumerate(tables)]
    scores = [model.score(test) for model in models]
    largest = [sic(s, test["truth"]) for s in scores]
    at_1_percent = [sic(s, test["truth"], at=0.01) for s in scores]
    ratios = [pass_ratio(t, m.score(t), m.fold(t), 0.01) for t, m in zip(tables, models, strict=True)]
    LOG.info("max SIC %s", np.round(largest, 2))
    LOG.info("at 1%% %s, pass ratio %s", np.round(at_1_percent, 2), np.round(ratios, 2))
    assert np.median(largest) < 1.5
    assert max(largest) < 3
    assert np.mean(at_1_percent) < 1.2
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.1)


def test_t3_features_that_follow_the_mass_cost_significance(lr_toy, sic):
    """T3 with a fifth of its events, at twice its signal fraction: x + m in place of x."""
    test = lr_toy(20_000, 4000, 100)
    table = lr_toy(8000, 160, 1)
    without, with_slope = (
        sic(*_scores_with_slope(table, test, slope, seed=1, members=2), at=0.01) for slope in (0.0, 1.0)
    )
    assert without > 0.6 * OPTIMUM_AT_1_PERCENT
    assert with_slope < 0.5 * without


@pytest.mark.slow
def test_t3_correlated_features(lr_toy, sic):
    """T3, the part of CWoLa: a signal is found the less, the more the features follow m_jj; else truth leaks.

    Measured: max SIC 17.5 (15.1 to 18.5) for a slope of 0, 2.7 (1.4 to 5.8) for 0.2, and 0.0 for 0.5.
    """
    slopes, test = (0.0, 0.2, 0.5), lr_toy(100_000, 20_000, 100)
    tables = [lr_toy(40_000, 400, seed) for seed in range(5)]
    found = np.array(
        [[sic(*_scores_with_slope(t, test, c, seed, 4)) for c in slopes] for seed, t in enumerate(tables)]
    )
    LOG.info("max SIC for slopes %s: %s", slopes, np.round(found, 2).tolist())
    without, weak, strong = np.median(found, axis=0)
    assert weak < 0.8 * without
    assert strong < weak


def _scores_with_slope(
    table: FeatureTable, test: FeatureTable, slope: float, seed: int, members: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return score and truth of the test events in the signal region, after a training on ``table``."""
    inside = _follow(test.where(WINDOW.region(test["mjj"]) == 0), slope)
    return crossfit(_follow(table, slope), seed, members=members).score(inside), inside["truth"]


def _follow(table: FeatureTable, slope: float) -> FeatureTable:
    """Add ``slope`` times m to the features; m is -1 to 1 in the signal region and -2 to 2 with the sidebands."""
    low, high = WINDOW.span
    m = np.interp(table["mjj"], [low, WINDOW.low, WINDOW.high, high], [-2, -1, 1, 2])
    moved = {name: x + slope * m for name, x in table.columns.items() if name[:3] in ("j1_", "j2_")}
    return table.with_columns(**moved)


def test_permuted_features_lose_the_signal(lr_toy, sic):
    """The signal is found through the features: with those of another event nothing is."""
    table = lr_toy(8000, 160, 1)
    rng = np.random.default_rng(3)
    order = rng.permutation(len(table))
    shuffled = table.with_columns(
        **{n: v[order] for n, v in table.columns.items() if n[:3] in ("j1_", "j2_")}
    )
    test = lr_toy(20_000, 4000, 101)
    scores = crossfit(shuffled, seed=1, members=2).score(test)
    assert sic(scores, test["truth"], at=0.01) < 0.3 * OPTIMUM_AT_1_PERCENT
