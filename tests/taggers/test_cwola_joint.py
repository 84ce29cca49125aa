"""CWoLa Hunting with one model of both jets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dijethunt.datasets.error import ColumnError
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers.base import Run, Sample
from dijethunt.taggers.blind import view
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.cwola import CWoLa
from dijethunt.taggers.cwola_joint import CWoLaJoint
from dijethunt.taggers.error import NotFittedError, ParameterError, TrainingError
from dijethunt.taggers.metric import auc
from dijethunt.taggers.restart import negative_loss
from dijethunt.taggers.toy import WINDOW

FEATURES = ("a", "b")
TAGGER = CWoLaJoint(features=FEATURES, subsample=0.5, restarts=2)


@pytest.fixture(scope="module")
def sample(lr_toy) -> Sample:
    tables = [view(lr_toy(3000, 300, seed), TAGGER, WINDOW) for seed in (1, 2)]
    return Sample(tables[0], validation=tables[1], window=WINDOW)


def coincidence(n: int, seed: int) -> FeatureTable:
    """Signal that only both jets together tell: background has equal signs as often as opposite ones."""
    rng = np.random.default_rng(seed)
    region = np.repeat(np.array([0, -1, 1], dtype=np.int8), [2 * n, n, n])
    x = rng.normal(size=(4 * n, 2))
    equal = (region == 0) & (rng.random(4 * n) < 0.5)
    x[equal, 1] = np.abs(x[equal, 1]) * np.sign(x[equal, 0])
    return FeatureTable({"j1_a": x[:, 0], "j2_a": x[:, 1], "region": region, "truth": equal.astype(np.int8)})


def test_inputs_are_the_features_of_both_jets():
    tagger = CWoLaJoint(features=("msd", "tau21"))
    assert tagger.inputs == {"j1_msd", "j1_tau21", "j2_msd", "j2_tau21"}
    assert CWoLaJoint(features=("delta_msd",)).inputs == {"j1_msd", "j2_msd"}
    assert tagger.traits.level == "event"


def test_it_sees_what_no_jet_shows_alone():
    data, test = (coincidence(3000, seed) for seed in (1, 2))
    settings = {"features": ("a",), "leaf_weight": 5.0, "rounds": 60, "patience": 0}
    joint = CWoLaJoint(**settings).fit(Sample(data), Run()).score(test)
    alone = CWoLa(**settings).fit(Sample(data), Run()).score(test)
    same_sign = np.sign(test["j1_a"]) == np.sign(test["j2_a"])
    assert auc(joint, same_sign.astype(int)) > 0.95
    assert abs(auc(alone, same_sign.astype(int)) - 0.5) < 0.1


@pytest.mark.parametrize("classifier", ["trees", "network"])
def test_both_kinds_of_classifier_find_a_signal(sample, lr_toy, classifier):
    test = lr_toy(3000, 3000, 3)
    tagger = replace(TAGGER, classifier=classifier, epochs=8, restarts=1).fit(sample, Run(seed=5))
    assert auc(tagger.score(test), test["truth"]) > 0.9
    again = replace(TAGGER, classifier=classifier).restore(tagger.state())
    assert np.array_equal(again.score(test), tagger.score(test))
    assert set(again.history) == {"loss", "validation"}


def test_the_restart_of_the_least_validation_loss_is_kept(sample):
    kept = {}
    for restarts in (1, 6):
        taggers = [replace(TAGGER, restarts=restarts).fit(sample, Run(seed=seed)) for seed in range(3)]
        scores = [tagger.score(sample.validation) for tagger in taggers]
        losses = [-negative_loss(s, taggers[0].labelled(sample.validation)) for s in scores]
        assert losses == pytest.approx([t.history["validation"].min() for t in taggers], rel=1e-5)
        kept[restarts] = np.array(losses)
    assert np.all(kept[6] <= kept[1])
    assert np.any(kept[6] < kept[1])


def test_the_nested_division_averages_the_best_of_the_inner_folds(lr_toy):
    """Each outer fold has a model for each inner fold, and the score is the mean of their log-odds."""
    table = lr_toy(1500, 100, 1)
    plan = CrossFit(TAGGER, seed=2, folds=2, members=4)
    model = plan.fit(Sample(table, window=WINDOW))
    assert plan.units() == [(fold, member) for fold in range(2) for member in range(4)]
    scores, fold = model.score(table), model.fold(table)
    for outer in range(2):
        events = table.where(fold == outer)
        members = [member.score(events) for member in model.models[outer].members]
        assert scores[fold == outer] == pytest.approx(np.mean(members, axis=0))
        assert len({m.tobytes() for m in members}) == 4


def test_trees_take_missing_values_and_a_network_names_them(sample):
    holes = sample.data.with_columns(j1_b=np.full(len(sample.data), np.nan))
    trees = TAGGER.fit(sample, Run())
    assert np.isfinite(trees.score(holes)).all()
    with pytest.raises(ColumnError, match=r"cwola_joint: column 'j1_b' is nan"):
        replace(TAGGER, classifier="network").fit(Sample(holes), Run())


def test_the_published_preset():
    published = CWoLaJoint(**CWoLaJoint.presets["published"])
    assert (published.classifier, published.restarts, published.choose) == ("network", 20, "loss")
    assert (published.epochs, published.batch, published.step, published.anneal) == (100, 256, 1e-3, False)


def test_misuse_is_refused(sample):
    with pytest.raises(NotFittedError, match="cwola_joint has not been trained"):
        TAGGER.score(sample.data)
    with pytest.raises(TrainingError, match="no column 'region'"):
        TAGGER.fit(Sample(sample.data.only(TAGGER.inputs)), Run())
    for parameters, message in (
        ({"classifier": "tree"}, r"no classifier 'tree'; did you mean 'trees'\?"),
        ({"features": ()}, "features is empty"),
        ({"depth": 0}, "depth is 0"),
        ({"epochs": 0}, "epochs is 0"),
        ({"restarts": 0}, "restarts is 0"),
    ):
        with pytest.raises(ParameterError, match=message):
            CWoLaJoint(**parameters)
