"""What cross-fitted CWoLa finds, and does not find, in toys of known truth (acceptance tests T1, T2, T9)."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers.base import Run, Sample
from dijethunt.taggers.blind import view
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.cwola import CWoLa
from dijethunt.taggers.ensemble import ensemble
from dijethunt.taggers.selector import FixedEfficiency
from dijethunt.taggers.toy import WINDOW
from dijethunt.taggers.weight import sideband_weight

LOG = logging.getLogger(__name__)
FEATURES = ("a", "b", "c", "d")
OPTIMUM, OPTIMUM_AT_1_PERCENT = 21.0, 9.72
OVERTRAINED = CWoLa(features=FEATURES, patience=0, rounds=100, depth=6, leaf_weight=1.0, subsample=1.0)


def crossfit(table: FeatureTable, seed: int, tagger: CWoLa | None = None, members: int = 4):
    tagger = tagger or CWoLa(features=FEATURES)
    return CrossFit(tagger, seed=seed, members=members).fit(Sample(table, window=WINDOW))


def pass_ratio(table: FeatureTable, scores: np.ndarray, folds: np.ndarray, efficiency: float) -> float:
    """Fraction selected in the signal region over that in the sidebands."""
    region = WINDOW.region(table["mjj"])
    scored = FeatureTable({"score": scores, "region": region, "fold": folds})
    selected = FixedEfficiency(efficiency=efficiency).fit(scored).select(scored) >= 0
    weight = sideband_weight(region)
    return np.mean(selected[region == 0]) / (weight @ selected / weight.sum())


def ratio_with_folds(table: FeatureTable, seed: int, efficiency: float, members: int) -> float:
    model = crossfit(table, seed, OVERTRAINED, members)
    return pass_ratio(table, model.score(table), model.fold(table), efficiency)


def ratio_without_folds(table: FeatureTable, seed: int, efficiency: float, members: int) -> float:
    shown = view(table, OVERTRAINED, WINDOW)
    model = ensemble([OVERTRAINED] * members).fit(Sample(shown), Run(seed=seed)).calibrate(shown)
    return pass_ratio(table, model.score(shown), table.fold(5, "outer"), efficiency)


def test_folds_keep_what_was_learned_from_an_event_from_its_own_score(lr_toy):
    """T9 with 4,000 events a side and 5%: the ratio of 1.0 has an error of 0.1."""
    table = lr_toy(4000, 0, 1, jets="noise")
    assert ratio_with_folds(table, 1, 0.05, members=2) == pytest.approx(1.0, abs=0.3)
    assert ratio_without_folds(table, 1, 0.05, members=2) > 3


@pytest.mark.slow
def test_t9_leak_between_folds(lr_toy):
    ratios = [
        ratio_with_folds(lr_toy(20_000, 0, seed, jets="noise"), seed, 0.01, members=4) for seed in range(10)
    ]
    leaks = [
        ratio_without_folds(lr_toy(20_000, 0, seed, jets="noise"), seed, 0.01, members=4) for seed in range(2)
    ]
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
def test_t1_reach_of_the_likelihood_ratio(lr_toy, sic):
    test = lr_toy(100_000, 20_000, 100)
    scores = [crossfit(lr_toy(40_000, 400, seed), seed).score(test) for seed in range(5)]
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
def test_t2_no_signal(lr_toy, sic):
    test = lr_toy(50_000, 10_000, 100)
    tables = [lr_toy(20_000, 0, seed) for seed in range(20)]
    models = [crossfit(table, seed) for seed, table in enumerate(tables)]
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
