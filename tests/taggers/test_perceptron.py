"""The plain network of CATHODE: its layers, its epochs, and that it can be repeated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from dijethunt.taggers.base import Run
from dijethunt.taggers.error import ParameterError
from dijethunt.taggers.learner import Labelled
from dijethunt.taggers.metric import auc
from dijethunt.taggers.perceptron import Perceptron
from scipy.special import expit, logit

QUICK = Perceptron(epochs=6, kept=3)


def events(n: int, seed: int) -> Labelled:
    """Two classes of ``n`` events that differ by 1 in the first of three features of very different scales."""
    rng = np.random.default_rng(seed)
    label = np.arange(2 * n) % 2
    features = rng.normal(size=(2 * n, 3)) * [1.0, 30.0, 0.1] + [0.0, 100.0, 0.5]
    features[:, 0] += label
    return Labelled(features, label, np.ones(2 * n))


@pytest.fixture(scope="module")
def trained():
    return QUICK.train(events(1500, 1), events(500, 2), Run(seed=3))


def test_layers_are_the_published_ones():
    layers = list(Perceptron()._build(5))[1:]
    widths = [
        (layer.in_features, layer.out_features) for layer in layers if isinstance(layer, torch.nn.Linear)
    ]
    assert widths == [(5, 64), (64, 64), (64, 64), (64, 1)]
    assert [type(layer).__name__ for layer in layers[:3]] == ["Linear", "ReLU", "Dropout"]


def test_it_learns_what_there_is(trained):
    test = events(2000, 4)
    optimum = auc(test.features[:, 0], test.label)
    assert auc(QUICK.predict(trained.model, test.features), test.label) > optimum - 0.01


def test_the_probability_is_the_mean_of_those_of_the_epochs(trained):
    test = events(300, 4).features
    each = np.array([QUICK.predict(trained.model[i : i + 1], test) for i in range(3)])
    together = QUICK.predict(trained.model, test)
    assert together == pytest.approx(logit(expit(each).mean(axis=0)))
    assert np.abs(together - each[0]).max() > 1e-3


def test_the_epochs_of_least_validation_loss_are_kept_and_all_are_trained(trained):
    assert len(trained.validation) == len(trained.loss) == QUICK.epochs
    test = events(500, 2)
    for epoch, expected in zip(trained.model, sorted(trained.validation), strict=False):
        scores = QUICK.predict(epoch[None], test.features)
        loss = np.mean(np.logaddexp(0, np.where(test.label == 1, -scores, scores)))
        assert loss == pytest.approx(expected, rel=1e-4)


def test_scores_are_finite_however_far_an_event_is(trained):
    far = np.array([[1e9, 100.0, 0.5], [-1e9, 100.0, 0.5]])
    assert np.isfinite(QUICK.predict(trained.model, far)).all()


def test_the_seed_decides_the_model_to_the_byte(trained):
    again, other = (QUICK.train(events(1500, 1), events(500, 2), Run(seed=seed)) for seed in (3, 4))
    assert np.array_equal(again.model, trained.model)
    assert not np.array_equal(other.model, trained.model)


def test_a_constant_feature_does_no_harm():
    training, test = events(1500, 1), events(1000, 4)
    training.features[:, 1] = test.features[:, 1] = 125.0
    model = QUICK.train(training, None, Run()).model
    assert auc(QUICK.predict(model, test.features), test.label) > 0.7


def test_a_single_event_has_the_score_that_it_has_among_others(trained):
    features = events(300, 5).features
    alone = np.concatenate([QUICK.predict(trained.model, row[None]) for row in features[:20]])
    assert alone == pytest.approx(QUICK.predict(trained.model, features)[:20], rel=1e-9)
    assert QUICK.predict(trained.model, features[:0]).shape == (0,)


def test_dropout_changes_what_is_learned(trained):
    found = replace(QUICK, dropout=0.5).train(events(1500, 1), events(500, 2), Run(seed=3))
    assert not np.array_equal(found.model, trained.model)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"layers": ()}, r"layers is \(\); allowed: widths of at least 1"),
        ({"layers": (8, 0)}, r"layers is \(8, 0\)"),
        ({"kept": 0}, "kept is 0; allowed: at least 1"),
        ({"batch": 1}, "batch is 1"),
    ],
)
def test_wrong_hyperparameters_are_named(parameters, message):
    with pytest.raises(ParameterError, match=message):
        Perceptron(**parameters)
