"""The choice between several trainings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from dijethunt.taggers.base import Run
from dijethunt.taggers.error import ParameterError
from dijethunt.taggers.learner import Labelled, Trained
from dijethunt.taggers.restart import CRITERIA, Restarts, negative_loss, passing_fraction
from dijethunt.taggers.tree import Trees


def labelled(n: int, seed: int = 1) -> Labelled:
    rng = np.random.default_rng(seed)
    label = np.arange(2 * n) % 2
    return Labelled(rng.normal(size=(2 * n, 2)) + 0.5 * label[:, None], label, np.ones(2 * n))


@dataclass(frozen=True, kw_only=True)
class RestartedTrees(Restarts, Trees):
    pass


@dataclass(frozen=True, kw_only=True)
class Guess(Restarts):
    """A model is a direction at random: some are good."""

    def train(self, training: Labelled, validation: Labelled | None, run: Run) -> Trained:
        return Trained(np.random.default_rng(run.seed).normal(size=2), np.empty(0), np.empty(0))

    def predict(self, model, features):
        return features @ model


@pytest.mark.parametrize("choose", CRITERIA)
def test_the_best_of_all_restarts_on_the_validation_events_is_kept(choose):
    events = labelled(4000)
    guess = Guess(restarts=12, choose=choose)
    merits = [
        CRITERIA[choose](events.features @ guess.train(events, None, run).model, events)
        for run in Run(seed=7).split(12)
    ]
    best = guess.train_best(labelled(10, seed=2), events, Run(seed=7))
    assert CRITERIA[choose](events.features @ best.model, events) == max(merits) > np.median(merits)


def test_more_restarts_cannot_make_it_worse_on_the_validation_events():
    events = labelled(2000)
    merits = []
    for restarts in (1, 4, 16):
        best = Guess(restarts=restarts).train_best(events, events, Run(seed=5))
        merits.append(passing_fraction(events.features @ best.model, events))
    assert merits == sorted(merits)


def test_the_loss_is_the_one_of_the_training():
    trees, events = RestartedTrees(rounds=20), labelled(2000, seed=3)
    trained = trees.train_best(labelled(2000), events, Run())
    scores = trees.predict(trained.model, events.features)
    assert -negative_loss(scores, events) == pytest.approx(trained.validation.min(), rel=1e-5)


def test_the_fraction_passing_counts_by_weight():
    """3000 events of class 0, of which the highest 30 are 1%; two of three parts of class 1 lie above."""
    scores = np.concatenate([np.arange(3000.0), [5000.0, 5000.0, 0.0]])
    label = np.repeat([0, 1], [3000, 3])
    weight = np.ones(3003)
    assert passing_fraction(scores, Labelled(scores[:, None], label, weight)) == pytest.approx(2 / 3)
    weight[-1] = 2.0
    assert passing_fraction(scores, Labelled(scores[:, None], label, weight)) == pytest.approx(0.5)


def test_of_few_events_a_tenth_decides():
    """1% of 1,999 events are fewer than 20: the cut keeps 10% of them, above 1,800."""
    for n, cut in ((1999, 1799.5), (2000, 1979.5)):
        scores = np.concatenate([np.arange(float(n)), [cut - 2, cut + 2]])
        label = np.repeat([0, 1], [n, 2])
        assert passing_fraction(scores, Labelled(scores[:, None], label, np.ones(n + 2))) == 0.5


def test_misuse_is_refused():
    with pytest.raises(ParameterError, match="restarts is 0; allowed: at least 1"):
        Guess(restarts=0)
    with pytest.raises(ParameterError, match=r"choose: no criterion 'los'; did you mean 'loss'\?"):
        Guess(choose="los")
