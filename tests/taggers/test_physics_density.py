"""What the methods that learn the background's density find in toys of known truth (acceptance tests T1, T2, T3, T9)."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers.anode import Anode
from dijethunt.taggers.base import Run, Sample, Tagger
from dijethunt.taggers.cathode import Cathode
from dijethunt.taggers.crossfit import CrossFit, CrossFitModel
from dijethunt.taggers.idealized import Idealized
from dijethunt.taggers.lacathode import LaCathode
from dijethunt.taggers.ranode import RAnode
from dijethunt.taggers.selector import FixedEfficiency
from dijethunt.taggers.toy import WINDOW

LOG = logging.getLogger(__name__)
FEATURES = ("j1_a", "j1_b", "j1_c", "j1_d")
OPTIMUM, OPTIMUM_AT_1_PERCENT = 21.0, 9.72
IDEALIZED = Idealized(features=FEATURES)
TAGGERS = {
    "cathode": Cathode(features=FEATURES),
    "lacathode": LaCathode(features=FEATURES),
    "anode": Anode(features=FEATURES),
    "ranode": RAnode(features=FEATURES),
}
SLOPES = (0.0, 0.2, 0.5)


def follow(table: FeatureTable, slope: float) -> FeatureTable:
    """Add ``slope`` times m to the features; m is -1 to 1 in the signal region and -2 to 2 with the sidebands."""
    low, high = WINDOW.span
    m = np.interp(table["mjj"], [low, WINDOW.low, WINDOW.high, high], [-2, -1, 1, 2])
    return table.with_columns(**{name: table[name] + slope * m for name in FEATURES})


def inside(table: FeatureTable) -> FeatureTable:
    return table.where(WINDOW.region(table["mjj"]) == 0)


def scores(tagger: Tagger, table: FeatureTable, test: FeatureTable, seed: int, background=None) -> np.ndarray:
    """Scores of independent events by the models of one outer fold, and of all members of it."""
    plan = CrossFit(tagger, seed=seed, members=tagger.models_per_fold or 4)
    sample = Sample(table, background=background, window=WINDOW)
    models = [plan.fit_unit(sample, 0, member) for member in range(plan.members)]
    return np.mean([model.score(test) for model in models], axis=0)


def test_a_signal_is_found(lr_toy, sic):
    """T1 with a fifth of its events at twice its signal fraction."""
    test = inside(lr_toy(20_000, 4000, 101))
    found = scores(TAGGERS["cathode"], lr_toy(8000, 160, 1), test, 1)
    assert sic(found, test["truth"], floor=5e-3) > 0.5 * OPTIMUM_AT_1_PERCENT
    assert sic(found, test["truth"], at=0.01) < 1.03 * OPTIMUM_AT_1_PERCENT


SMALL = {"flow_blocks": 4, "flow_hidden": 32, "flow_depth": 1, "flow_kept": 3}
BY_HEART = {"patience": 0, "rounds": 100, "depth": 10, "leaf_weight": 1.0}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Cathode, LaCathode], ids=lambda kind: kind.name)
def test_t9_leak_between_folds(lr_toy, leak, kind):
    """T9 with 4,000 events a side, 5% and two folds: the ratio of 1.0 has an error of 0.1.

    Measured: with folds 1.00 on average (0.93 to 1.10), without 6.7 and 5.9; lacathode 1.00 (0.82 to 1.16), 6.6 and 6.2.
    """
    own = {"flow_epochs": 10, "flow_batch": 128, "classifiers": 1, "held_out": 0.1}
    tagger = kind(features=FEATURES, **SMALL, **BY_HEART, **own)
    tables = [lr_toy(4000, 0, seed, jets="noise") for seed in range(10)]
    ratios = [leak(tagger, table, seed, 0.05, 1, folds=2) for seed, table in enumerate(tables)]
    leaks = [leak(tagger, table, seed, 0.05, 1, folds=None) for seed, table in enumerate(tables[:2])]
    LOG.info("with folds %s, without %s", np.round(ratios, 2), np.round(leaks, 2))
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.1)
    assert min(leaks) > 3


def closure(table: FeatureTable, model: CrossFitModel) -> float:
    """Pull of the fraction selected at 1% in the signal region against an exponential through those of the sidebands.

    Events are spread evenly in m, so that it is the geometric mean of theirs.
    """
    region, folds = WINDOW.region(table["mjj"]), model.crossfit.folds
    scored = FeatureTable({"score": model.score(table), "region": region, "fold": model.fold(table)})
    selected = FixedEfficiency(efficiency=0.01, folds=folds).fit(scored).select(scored) >= 0
    low, found, high = (np.sum(selected & (region == side)) for side in (-1, 0, 1))
    sides = np.sum(region == -1) * np.sum(region == 1)
    expected = np.sum(region == 0) * np.sqrt(low * high / sides)
    return float((found - expected) / np.sqrt(expected + expected**2 * (1 / low + 1 / high) / 4))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory) -> Path:
    """A folder in which both methods find the same flows."""
    return tmp_path_factory.mktemp("scratch")


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Cathode, LaCathode], ids=lambda kind: kind.name)
def test_t2_and_closure_without_signal(lr_toy, sic, scratch, kind):
    """T2 with small flows and bags, and two folds: 10,000 events on each side.

    Features do not follow the mass: with those that do, a selection is not exponential in m without a fault of the method.

    Measured, largest max SIC and pulls: cathode 1.14, 0.41 on average (-1.8 to 2.0); lacathode 1.17, -0.18 (-1.6 to 2.0), with
    ``marginals`` = "data" 2.77, -0.34 (-2.6 to 2.2). With ``flow_stretch`` = 1 it has 1.58 (-0.3 to 3.8): the flow is wrong in the
    signal region alone, and the classifier finds that.
    """
    test, largest, at_1_percent, pulls = inside(lr_toy(50_000, 10_000, 100)), [], [], []
    tagger = kind(features=FEATURES, **SMALL, flow_epochs=15, flow_batch=256, classifiers=3)
    for seed in range(20):
        table, plan = lr_toy(10_000, 0, seed), CrossFit(tagger, seed=seed, folds=2, members=1)
        model = plan.fit(Sample(table, window=WINDOW), Run(scratch=scratch))
        found = model.score(test)
        largest.append(sic(found, test["truth"]))
        at_1_percent.append(sic(found, test["truth"], at=0.01))
        pulls.append(closure(table, model))
    LOG.info("max SIC %s, at 1%% %s", np.round(largest, 2), np.round(at_1_percent, 2))
    LOG.info("pulls %s, mean %.2f", np.round(pulls, 2), np.mean(pulls))
    assert np.median(largest) < 1.5
    assert max(largest) < 3
    assert np.mean(at_1_percent) < 1.2
    assert np.abs(pulls).max() < 3
    assert abs(np.mean(pulls)) < 0.7


@pytest.mark.slow
def test_t2_no_signal_with_true_background(lr_toy, sic):
    """T2 as it was specified: 20,000 events against as many of true background.

    Measured: median of max SIC 0.90, largest 1.69, mean at 1% 0.45.
    """
    test = inside(lr_toy(50_000, 10_000, 100))
    samples = [
        Sample(lr_toy(20_000, 0, seed), background=lr_toy(20_000, 0, 50 + seed), window=WINDOW)
        for seed in range(20)
    ]
    models = [CrossFit(IDEALIZED, seed=seed, members=3).fit(sample) for seed, sample in enumerate(samples)]
    found = [model.score(test) for model in models]
    largest = [sic(s, test["truth"]) for s in found]
    at_1_percent = [sic(s, test["truth"], at=0.01) for s in found]
    LOG.info("max SIC %s, at 1%% %s", np.round(largest, 2), np.round(at_1_percent, 2))
    assert np.median(largest) < 1.5
    assert max(largest) < 3
    assert np.mean(at_1_percent) < 1.2


FLOORS = {
    "cathode": (16.8, 15, 10.5),
    "lacathode": (16, 16, 16),
    "anode": (14.4, 12.7, 9.8),
    "ranode": (16.7, 14.7, 11.6),
}
"""Least median of the max SIC for each slope, measured and frozen: about nine tenths of what is in the table of docs/cathode.md."""


@pytest.mark.slow
@pytest.mark.parametrize("name", TAGGERS)
def test_t1_and_t3_with_and_without_features_that_follow_the_mass(lr_toy, sic, name):
    """T1 and T3: 40,000 events on each side, 400 of signal, against the same with true background.

    Three seeds, one outer fold. A method that makes its background from the sidebands must not lose with the slope
    what CWoLa loses (2.7 of 17.5 are left with a slope of 0.2, nothing with 0.5).
    """
    test = inside(lr_toy(100_000, 20_000, 100))
    found = np.empty((3, len(SLOPES), 3))
    for seed in range(3):
        table, background = lr_toy(40_000, 400, seed), lr_toy(40_000, 0, 50 + seed)
        for i, slope in enumerate(SLOPES):
            moved = [follow(events, slope) for events in (table, background, test)]
            own = scores(TAGGERS[name], moved[0], moved[2], seed)
            ideal = scores(IDEALIZED, moved[0], moved[2], seed, moved[1])
            best = sic(own, test["truth"]), sic(ideal, test["truth"])
            found[seed, i] = best[0], best[0] / best[1], sic(own, test["truth"], at=0.01)
            LOG.info(
                "%s seed %d slope %.1f: max SIC %.1f, idealized %.1f; at 1%% %.2f",
                name,
                seed,
                slope,
                *best,
                found[seed, i, 2],
            )
    largest, ratio, at_1_percent = np.median(found, axis=0).T
    assert (at_1_percent < 1.03 * OPTIMUM_AT_1_PERCENT).all()
    assert (largest < 1.03 * OPTIMUM).all()
    assert (largest > FLOORS[name]).all()
    if name in ("cathode", "lacathode"):
        assert ratio[1] > 0.85
