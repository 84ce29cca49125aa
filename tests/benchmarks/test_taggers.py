"""CPU time of cross-fitted CWoLa (40 models) against scikit-learn's histogram trees on the same events."""

from __future__ import annotations

import logging
from time import process_time

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers.base import Sample
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.cwola import CWoLa
from dijethunt.taggers.toy import WINDOW, toy
from dijethunt.taggers.weight import mjj_weight
from sklearn.ensemble import HistGradientBoostingClassifier

from tests.benchmarks.conftest import record

LOG = logging.getLogger(__name__)
TAGGER = CWoLa()
N_PEER = 4


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    """45,000 events, of which 250 are signal, with the five features of each jet."""
    return toy(TAGGER.inputs, 44_750, 250, 1)


def fit_peer(table: FeatureTable, seed: int) -> None:
    """Train one classifier of one jet as each member of the cross-fit does: three quarters of four fifths."""
    part = table.where((table.fold(5, "outer") != 0) & (table.fold(4, "inner") != seed))
    region = WINDOW.region(part["mjj"])
    peer = HistGradientBoostingClassifier(
        max_iter=TAGGER.rounds,
        learning_rate=TAGGER.learning_rate,
        max_depth=TAGGER.depth,
        early_stopping=True,
        n_iter_no_change=TAGGER.patience,
        random_state=seed,
    )
    peer.fit(part.jets(*TAGGER.features)[:, 0], region == 0, sample_weight=mjj_weight(region))


@pytest.mark.benchmark
def test_cwola_against_scikit_learn(table):
    begin = process_time()
    model = CrossFit(TAGGER, seed=1).fit(Sample(table, window=WINDOW))
    scores = model.score(table)
    ours = (process_time() - begin) / 40
    begin = process_time()
    for seed in range(N_PEER):
        fit_peer(table, seed)
    theirs = (process_time() - begin) / N_PEER
    LOG.info("CPU-seconds per model: %.3f, scikit-learn %.3f; 40 models %.1f", ours, theirs, 40 * ours)
    record("cwola_vs_scikit_learn", theirs / ours)
    assert np.isfinite(scores).all()
    assert theirs / ours > 0.5
