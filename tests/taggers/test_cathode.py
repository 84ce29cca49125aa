"""CATHODE: its steps, and what decides its scores. Its power is tested in test_physics.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable, concatenate
from dijethunt.taggers import registry
from dijethunt.taggers.base import Run, Sample
from dijethunt.taggers.blind import view
from dijethunt.taggers.cathode import Cathode
from dijethunt.taggers.cathode_b import CathodeB
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.error import NotFittedError, ParameterError, TrainingError
from dijethunt.taggers.lacathode import LaCathode
from dijethunt.taggers.metric import auc
from dijethunt.taggers.toy import WINDOW

QUICK = {
    "features": ("j1_a", "j1_b", "j1_c", "j1_d"),
    "flow_epochs": 6,
    "flow_batch": 64,
    "flow_blocks": 2,
    "flow_hidden": 32,
    "flow_kept": 2,
    "classifiers": 2,
}
TAGGER = Cathode(**QUICK)


@pytest.fixture(scope="module")
def fitted(sample):
    return TAGGER.fit(sample, Run(seed=1))


def test_features_are_those_of_the_search_in_coordinates_without_a_diagonal_edge():
    """With m_j2 and m_j1 - m_j2 both m_j1 and m_j2 are known; m_j1 > m_j2 > 0 becomes two edges."""
    assert Cathode().inputs == {"mjj", "j1_msd", "j2_msd", "j1_tau41", "j2_tau41"}
    assert CathodeB().inputs == Cathode().inputs | {"j1_btag_subjet", "j2_btag_subjet"}
    assert Cathode().scored_by == Cathode().inputs - {"mjj"}
    assert LaCathode().scored_by == LaCathode().inputs


def test_sidebands_are_all_other_masses_or_the_next_windows():
    assert Cathode().traits.sidebands == "complement"
    assert Cathode(sidebands="neighbours").traits.sidebands == "neighbours"
    table = FeatureTable(
        {"j1_a": np.zeros(4), "j2_a": np.ones(4), "mjj": np.array([1500.0, 2500, 3000, 9000])}
    )
    seen = view(table, Cathode(features=("a",)), WINDOW)
    assert seen["region"].tolist() == [-1, -1, 0, 1]
    assert len(view(table, Cathode(features=("a",), sidebands="neighbours"), WINDOW)) == 2


@pytest.mark.parametrize("tagger", [TAGGER, LaCathode(**QUICK)], ids=lambda tagger: tagger.name)
@pytest.mark.parametrize("classifier", ["trees", "network", "perceptron"])
def test_every_kind_of_classifier_finds_a_signal(sample, lr_toy, tagger, classifier):
    test = lr_toy(3000, 3000, 3)
    chosen = replace(tagger, classifier=classifier, epochs=10, small_below=0)
    assert auc(chosen.fit(sample, Run(seed=1)).score(test), test["truth"]) > 0.8


def test_drawn_events_look_like_background(sample, lr_toy):
    fitted = replace(TAGGER, flow_epochs=15, flow_depth=2, classifiers=1).fit(sample, Run(seed=1))
    background = lr_toy(4000, 0, 9)
    inside = background.where(WINDOW.region(background["mjj"]) == 0)
    drawn = fitted.template(fitted.background, np.empty((0, 4)), inside["mjj"], 5)
    truth = np.repeat([0, 1], [len(drawn), len(inside)])
    for i, name in enumerate(("j1_a", "j1_b", "j1_c", "j1_d")):
        assert auc(np.concatenate([drawn[:, i], inside[name]]), truth) == pytest.approx(0.5, abs=0.04)


def test_scores_do_not_depend_on_the_mass(fitted, lr_toy):
    test = lr_toy(200, 20, 3)
    assert np.array_equal(fitted.score(test), fitted.score(test.with_columns(mjj=test["mjj"] + 500)))


def test_an_error_of_the_flow_in_one_coordinate_is_not_learned(lr_toy):
    """Without a signal, with one feature that is otherwise in the signal region: the share selected there over that of the sidebands."""
    training, test = (lr_toy(6000, 0, seed) for seed in (1, 2))
    regions = [WINDOW.region(table["mjj"]) for table in (training, test)]
    training, test = (
        table.with_columns(j1_a=table["j1_a"] + 0.5 * (region == 0), region=region)
        for table, region in zip((training, test), regions, strict=True)
    )
    inside, selected = regions[1] == 0, {}
    for marginals in ("normal", "data"):
        tagger = LaCathode(**QUICK, marginals=marginals).fit(Sample(training, window=WINDOW), Run(seed=1))
        score = tagger.score(test)
        selected[marginals] = np.mean(score[inside] > np.quantile(score[~inside], 0.95)) / 0.05
    assert selected["normal"] > 1.7
    assert selected["data"] < 1.2


def test_an_event_outside_of_the_range_of_the_sidebands_is_not_trained_on(sample):
    far = {name: np.append(sample.data[name], 1e6) for name in ("j1_a", "j1_b", "j1_c", "j1_d")}
    same = {
        "mjj": np.append(sample.data["mjj"], 3000.0),
        "region": np.append(sample.data["region"], np.int8(0)),
    }
    table = FeatureTable(far | same)
    with_far = TAGGER.fit(replace(sample, data=table), Run(seed=1))
    without = TAGGER.fit(sample, Run(seed=1))
    assert all(np.array_equal(a, b) for a, b in zip(with_far.models, without.models, strict=True))


def test_more_epochs_than_one_change_the_scores(fitted, sample, lr_toy):
    """The ensemble of epochs of the flow is at work."""
    single = replace(TAGGER, flow_kept=1).fit(sample, Run(seed=1))
    test = lr_toy(500, 50, 3)
    assert fitted.background.models.shape[0] == 2
    assert not np.array_equal(single.score(test), fitted.score(test))


def test_more_epochs_of_the_classifier_than_one_change_the_scores(sample, lr_toy):
    """The published 10 of them, in place of 1; the best is the same."""
    small = {"flow_epochs": 2, "epochs": 12, "features": QUICK["features"]}
    ten = registry.make("cathode", small | {"flow_blocks": 2, "flow_hidden": 16}, "published")
    assert ten.kept == 10
    found, single = (replace(ten, kept=kept).fit(sample, Run(seed=1)) for kept in (10, 1))
    assert found.models[0].shape[0] == 10
    assert np.array_equal(found.models[0][:1], single.models[0])
    test = lr_toy(500, 50, 3)
    assert np.abs(found.score(test) - single.score(test)).max() > 0.01


def test_losses_of_flow_and_classifiers_are_kept(fitted):
    expected = {"flow/loss", "flow/validation"}
    expected |= {f"classifier{i}/{name}" for i in (0, 1) for name in ("loss", "validation")}
    assert set(fitted.history) == expected


def test_cross_fitted_it_finds_a_signal(lr_toy):
    model = CrossFit(TAGGER, seed=1, folds=2, members=1).fit(Sample(lr_toy(3000, 200, 1), window=WINDOW))
    test = lr_toy(3000, 3000, 4)
    assert auc(model.score(test), test["truth"]) > 0.8


@pytest.mark.parametrize("name", ["cathode", "cathode_b", "lacathode"])
def test_the_published_flow_and_classifier_are_a_preset(name):
    made = registry.make(name, {}, "published")
    assert (made.flow_blocks, made.flow_hidden, made.flow_step, made.flow_epochs) == (15, 128, 1e-4, 100)
    assert (made.flow_batch, made.flow_least_steps, made.flow_decay, made.flow_kept) == (256, 1, 1e-6, 10)
    assert (made.classifier, made.layers, made.dropout) == ("perceptron", (64, 64, 64), 0.0)
    assert (made.epochs, made.batch, made.step, made.kept) == (100, 128, 1e-3, 10)
    assert (made.least_steps, made.anneal) == (1, False)


def test_untrained_it_cannot_score(lr_toy):
    with pytest.raises(NotFittedError, match="tagger cathode has not been trained"):
        TAGGER.score(lr_toy(10, 1, 1))


def test_it_needs_a_window_and_events_in_it(sample):
    with pytest.raises(TrainingError, match=r"give Sample\.window"):
        TAGGER.fit(replace(sample, window=None), Run())
    empty = sample.data.where(sample.data["region"] != 0)
    few = concatenate([empty, sample.data.where(sample.data["region"] == 0).where(np.arange(9))])
    for table, n in ((empty, 0), (few, 9)):
        with pytest.raises(TrainingError, match=f"{n} events in the signal region; give at least 10"):
            TAGGER.fit(Sample(table, window=WINDOW), Run())


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"sidebands": "both"}, "sidebands is 'both'; allowed: complement, neighbours"),
        ({"flow_blocks": 0}, "flow_blocks is 0; allowed: at least 1"),
        ({"flow_step": 0.0}, "flow_step is 0.0; allowed: above 0"),
        ({"flow_stretch": -1.0}, "flow_stretch is -1.0; allowed: above 0"),
        ({"oversampling": 0.0}, "oversampling is 0.0; allowed: above 0"),
        ({"classifiers": 0}, "classifiers is 0; allowed: at least 1"),
        ({"held_out": 1.0}, "held_out is 1.0; allowed: above 0 and below 1"),
        ({"classifier": "tree"}, "classifier 'tree'.*'?trees"),
        ({"features": ()}, "features is empty"),
    ],
)
def test_wrong_hyperparameters_are_named(parameters, message):
    with pytest.raises(ParameterError, match=message):
        Cathode(**parameters)
