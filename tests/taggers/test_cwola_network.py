"""CWoLa Hunting with networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dijethunt.datasets.error import ColumnError
from dijethunt.taggers.base import Run, Sample
from dijethunt.taggers.blind import view
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.cwola import CWoLa
from dijethunt.taggers.cwola_network import CWoLaNetwork
from dijethunt.taggers.metric import auc
from dijethunt.taggers.network import PUBLISHED_NETWORK, Network
from dijethunt.taggers.toy import WINDOW

FEATURES = ("a", "b", "c", "d")
TAGGER = CWoLaNetwork(features=FEATURES, epochs=10)


@pytest.fixture(scope="module")
def sample(lr_toy) -> Sample:
    tables = [view(lr_toy(3000, 300, seed, jets="noise"), TAGGER, WINDOW) for seed in (1, 2)]
    return Sample(tables[0], validation=tables[1], window=WINDOW)


@pytest.fixture(scope="module")
def fitted(sample) -> CWoLaNetwork:
    return TAGGER.fit(sample, Run(seed=5))


def test_each_jet_has_a_network_of_its_own(fitted, lr_toy):
    test = lr_toy(3000, 3000, 3, jets="noise")
    first, second = fitted.score_jets(fitted.jets(test)).T
    assert auc(first, test["truth"]) > 0.9
    assert abs(auc(second, test["truth"]) - 0.5) < 0.05


def test_the_history_has_the_losses_of_each_epoch(fitted):
    assert set(fitted.history) == {"j1/loss", "j1/validation", "j2/loss", "j2/validation"}
    assert len(fitted.history["j1/loss"]) == len(fitted.history["j1/validation"]) == TAGGER.epochs
    assert fitted.history["j1/validation"].min() < np.log(2)


def test_networks_and_trees_differ_in_nothing_but_the_classifier():
    """Both are given the same labels, weights and columns."""
    trees, network = CWoLa(pt_weights=True), CWoLaNetwork(pt_weights=True)
    assert trees.inputs == network.inputs
    assert trees.traits == network.traits


def test_the_published_training_is_a_preset():
    published = CWoLaNetwork(**CWoLaNetwork.presets["published"])
    assert published == CWoLaNetwork(pt_weights=True, **PUBLISHED_NETWORK)
    assert (published.epochs, published.batch, published.step, published.anneal) == (100, 256, 1e-3, False)
    assert published.patience_of_training == 15
    assert Network() != Network(**PUBLISHED_NETWORK)


def test_of_several_restarts_the_best_is_kept(sample):
    def least(restarts: int, seed: int) -> float:
        tagger = replace(TAGGER, restarts=restarts, epochs=1, choose="loss")
        return tagger.fit(sample, Run(seed=seed)).history["j1/validation"].min()

    losses = np.array([[least(restarts, seed) for restarts in (1, 3)] for seed in (5, 6, 7)])
    assert np.all(losses[:, 1] <= losses[:, 0])
    assert np.any(losses[:, 1] < losses[:, 0])


def test_a_constant_feature_does_no_harm(sample, lr_toy):
    tagger = replace(TAGGER, features=(*FEATURES, "flat"))
    tables = {name: getattr(sample, name) for name in ("data", "validation")}
    tables = {
        k: t.with_columns(j1_flat=np.full(len(t), 0.3), j2_flat=np.zeros(len(t))) for k, t in tables.items()
    }
    test = lr_toy(2000, 2000, 3, jets="noise")
    test = test.with_columns(j1_flat=np.full(len(test), 0.3), j2_flat=np.zeros(len(test)))
    scores = tagger.fit(Sample(**tables), Run(seed=5)).diagnostics(test)["j1"]
    assert auc(scores, test["truth"]) > 0.9


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_no_number_is_named(sample, fitted, value):
    column = sample.data["j2_c"].copy()
    column[[7, 9]] = value
    broken = sample.data.with_columns(j2_c=column)
    message = rf"tagger cwola_network: column 'j2_c' is {value} in event 7 .* not finite in 2 of 6300"
    with pytest.raises(ColumnError, match=message):
        fitted.score(broken)
    with pytest.raises(ColumnError, match=message):
        TAGGER.fit(replace(sample, data=broken), Run())


def test_a_saved_model_has_the_same_scores(fitted, sample):
    again = TAGGER.restore(fitted.state())
    assert np.array_equal(again.score(sample.data), fitted.score(sample.data))
    assert all(model.dtype == np.float32 for model in again.models)


def test_folds_keep_what_was_learned_from_an_event_from_its_own_score(lr_toy):
    """T9 with 1,000 events a side and networks that learn them by heart: 5 sigma of 0.14 around 1."""
    table = lr_toy(1000, 0, 1, jets="noise")
    by_heart = {**PUBLISHED_NETWORK, "epochs": 30, "dropout": 0.0, "small_below": 0, "step": 3e-3}
    learner = CWoLaNetwork(features=FEATURES, **by_heart)
    model = CrossFit(learner, seed=1, folds=2, members=1).fit(Sample(table, window=WINDOW))
    alone = learner.fit(Sample(view(table, learner, WINDOW)), Run(seed=1))
    with_folds, without = (_ratio(table, scorer.diagnostics(table)["j1"], 0.1) for scorer in (model, alone))
    assert with_folds == pytest.approx(1.0, abs=0.7)
    assert without > 2


def _ratio(table, scores: np.ndarray, efficiency: float) -> float:
    inside = WINDOW.region(table["mjj"]) == 0
    cut = np.quantile(scores[~inside], 1 - efficiency)
    return float(np.mean(scores[inside] > cut) / np.mean(scores[~inside] > cut))
