"""What the methods that learn the background's density find in toys of known truth (acceptance tests T1, T2, T3)."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers.anode import Anode
from dijethunt.taggers.base import Sample, Tagger
from dijethunt.taggers.cathode import Cathode
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.idealized import Idealized
from dijethunt.taggers.lacathode import LaCathode
from dijethunt.taggers.ranode import RAnode
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
    """T1 with a fifth of its events, at twice its signal fraction."""
    test = inside(lr_toy(20_000, 4000, 101))
    found = scores(TAGGERS["cathode"], lr_toy(8000, 160, 1), test, 1)
    assert sic(found, test["truth"], floor=5e-3) > 0.5 * OPTIMUM_AT_1_PERCENT
    assert sic(found, test["truth"], at=0.01) < 1.03 * OPTIMUM_AT_1_PERCENT


FLOORS = {"cathode": (14, 13, 9), "lacathode": (14, 14, 14), "anode": (9, 9, 9), "ranode": (12, 12, 13)}
"""Least median of the max SIC for each slope, measured and frozen: about four fifths of what is in the table of docs/cathode.md."""


@pytest.mark.slow
@pytest.mark.parametrize("name", TAGGERS)
def test_t1_and_t3_with_and_without_features_that_follow_the_mass(lr_toy, sic, name):
    """T1 and T3: 40,000 events on each side, 400 of signal, against the same with true background.

    Three seeds, one outer fold. A method that makes its background from the sidebands must not lose with the slope
    what CWoLa loses (5.9 of 18.7 with a slope of 0.2, nothing left with 0.5).
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
