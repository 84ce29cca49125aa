"""CPU time of CATHODE on 200,000 sideband and 60,000 signal-region events, and of its flow beside the published one."""

from __future__ import annotations

import logging
from dataclasses import replace
from time import process_time

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers import registry
from dijethunt.taggers.base import Run, Sample
from dijethunt.taggers.cathode import Cathode
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.metric import max_sic
from dijethunt.taggers.roc import roc
from dijethunt.taggers.toy import WINDOW, toy

from tests.benchmarks.conftest import record

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
    begin = process_time()
    plan = CrossFit(Cathode(features=FEATURES), seed=1, members=Cathode.models_per_fold or 1)
    model = plan.fit(Sample(table, window=WINDOW))
    trained = process_time() - begin
    inside = table.where(WINDOW.region(table["mjj"]) == 0)
    reached = max_sic(roc(model.score(inside), inside["truth"]))
    LOG.info("CATHODE: %.0f CPU-seconds, max SIC %s", trained, reached)
    record("cathode_of_a_quarter_hour", ALLOWED / trained)
    assert trained < ALLOWED
    assert reached.value > 5


@pytest.mark.benchmark
def test_flow_against_the_published_configuration(table):
    """One epoch of the published flow, times its 100 epochs, over the whole training of ours on the same events."""
    ours, published = (
        Cathode(features=FEATURES),
        registry.make("cathode", {"features": FEATURES}, "published"),
    )
    sidebands = table.where(WINDOW.region(table["mjj"]) != 0)
    sample = Sample(sidebands.with_columns(region=WINDOW.region(sidebands["mjj"])))
    seconds = []
    for tagger in (ours, replace(published, flow_epochs=1, flow_kept=1)):
        begin = process_time()
        _, losses = tagger.fit_background(sample, Run(seed=1))
        seconds.append(process_time() - begin)
        LOG.info("flow: %.0f CPU-seconds, loss %.4f", seconds[-1], losses["flow/loss"][-1])
    ratio = seconds[1] * published.flow_epochs / seconds[0]
    record("cathode_flow_vs_published", ratio)
    assert ratio > 3
