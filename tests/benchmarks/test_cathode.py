"""CPU time of CATHODE on 200,000 sideband and 60,000 signal-region events, and beside the published configuration."""

from __future__ import annotations

import logging
from time import process_time

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers import registry
from dijethunt.taggers.base import Run, Sample
from dijethunt.taggers.cathode import Cathode
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.ensemble import ensemble
from dijethunt.taggers.metric import max_sic, sic_at_background
from dijethunt.taggers.roc import roc
from dijethunt.taggers.toy import WINDOW, toy

from tests.benchmarks.conftest import record
from tests.benchmarks.reference import Pace

LOG = logging.getLogger(__name__)
FEATURES = ("j1_a", "j1_b", "j1_c", "j1_d")
ALLOWED = 15 * 60.0
N_SIDEBANDS, N_SIGNAL_REGION, N_SIGNAL = 200_000, 60_000, 380


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    """Background of the toy with as many events in the sidebands and in the signal region, and signal."""
    events = toy(frozenset(FEATURES), 800_000, N_SIGNAL, 1)
    inside = WINDOW.region(events["mjj"]) == 0
    background = events["truth"] == 0
    chosen = [np.flatnonzero(~inside)[:N_SIDEBANDS], np.flatnonzero(inside & background)[:N_SIGNAL_REGION]]
    return events.where(np.concatenate([*chosen, np.flatnonzero(~background)]))


@pytest.mark.benchmark
def test_cathode_in_a_quarter_of_an_hour(table):
    """Fifteen flows and sixty classifiers; every event is scored by those that did not see it."""
    pace, begin = Pace(), process_time()
    plan = CrossFit(Cathode(features=FEATURES), seed=1, members=Cathode.models_per_fold or 1)
    model = plan.fit(Sample(table, window=WINDOW), Run(progress=pace.measure))
    seconds = process_time() - begin - pace.spent
    trained = seconds / pace.slowness
    inside = table.where(WINDOW.region(table["mjj"]) == 0)
    reached = max_sic(roc(model.score(inside), inside["truth"]))
    LOG.info("CATHODE: %.0f CPU-seconds, %.0f on the reference, max SIC %s", seconds, trained, reached)
    record("cathode_of_a_quarter_hour", ALLOWED / trained)
    assert trained < ALLOWED
    assert reached.value > 5


@pytest.mark.benchmark
def test_against_the_published_configuration(table):
    """One outer fold, and what it finds in other events: three flows and twelve classifiers against one of each, as published.

    Half an hour, nearly all of it published. Measured: 121 and 1687 CPU-seconds, SIC at best and at 1% 19.0, 8.7 and 18.8, 8.7; one of our flows alone 18.5, 8.2.
    """
    unseen = toy(frozenset(FEATURES), 800_000, 20_000, 2)
    unseen = unseen.where(WINDOW.region(unseen["mjj"]) == 0)
    sample, least = Sample(table, window=WINDOW), int((unseen["truth"] == 0).sum()) // 1000
    seconds, reached = [], []
    for preset, members in ((None, Cathode.models_per_fold or 1), ("published", 1)):
        plan = CrossFit(registry.make("cathode", {"features": FEATURES}, preset), seed=1)
        begin = process_time()
        units = [plan.fit_unit(sample, 0, member) for member in range(members)]
        seconds.append(process_time() - begin)
        curve = roc(
            ensemble(units).calibrate(plan.division.held_out(sample, 0)).score(unseen), unseen["truth"]
        )
        at_1_percent = sic_at_background(curve, 0.01)
        assert at_1_percent is not None
        reached.append((max_sic(curve, least=least).value, at_1_percent.value))
        LOG.info("%.0f CPU-seconds, SIC at best and at 1%% %.2f, %.2f", seconds[-1], *reached[-1])
    ours, published = reached
    record("cathode_vs_published", seconds[1] / seconds[0])
    record("cathode_sic_vs_published", ours[0] / published[0])
    assert seconds[1] > 3 * seconds[0]
    assert ours[0] > 0.95 * published[0]
    assert ours[1] > 0.95 * published[1]
