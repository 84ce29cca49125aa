"""Several trainings that score together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dijethunt.taggers.base import Run, Sample
from dijethunt.taggers.blind import view
from dijethunt.taggers.cwola import CWoLa
from dijethunt.taggers.ensemble import Ensemble, JetEnsemble, ensemble
from dijethunt.taggers.error import ParameterError
from dijethunt.taggers.inclusive import Inclusive
from dijethunt.taggers.toy import WINDOW

TAGGER = CWoLa(features=("a", "b", "c", "d"), rounds=20, subsample=0.5)


@pytest.fixture(scope="module")
def fitted(lr_toy) -> JetEnsemble:
    table = view(lr_toy(2000, 100, 1), TAGGER, WINDOW)
    return ensemble([TAGGER] * 3).fit(Sample(table), Run(seed=3))


def test_jet_taggers_are_averaged_jet_by_jet_before_they_are_ranked(fitted, lr_toy):
    held_out = view(lr_toy(2000, 0, 2), TAGGER, WINDOW)
    table = lr_toy(500, 500, 3)
    calibrated = fitted.calibrate(held_out)
    outputs = np.mean([member.score_jets(member.jets(table)) for member in fitted.members], axis=0)
    expected = np.max(
        [rank(column) for rank, column in zip(calibrated.ranks, outputs.T, strict=True)], axis=0
    )
    assert np.array_equal(calibrated.score(table), expected)


def test_the_combination_of_the_members_is_that_of_the_ensemble():
    assert ensemble([replace(TAGGER, combine="product")] * 2).combine == "product"


def test_members_differ_in_their_seeds(fitted):
    first, second, third = (member.models[0].tobytes() for member in fitted.members)
    assert len({first, second, third}) == 3


def test_other_taggers_are_averaged_by_their_scores(fitted, lr_toy):
    table = lr_toy(500, 100, 3)
    joined = Ensemble(members=fitted.members)
    assert isinstance(ensemble([Inclusive(), Inclusive()]), Ensemble)
    assert not isinstance(ensemble([Inclusive()]), JetEnsemble)
    assert joined.score(table) == pytest.approx(np.mean([m.score(table) for m in fitted.members], axis=0))


def test_every_member_draws_its_share_of_the_background(lr_toy):
    class Drawing(Inclusive):
        def imitate(self, table, seed):
            return {"j1_a": np.full(len(table), seed, np.uint64)}

        def diagnostics(self, table):
            return {"latent": table["mjj"] * (1 if self is members[0] else 3)}

    table, members = lr_toy(500, 0, 3), (Drawing(), Drawing(), Drawing())
    drawn = Ensemble(members=members).imitate(table, 1)["j1_a"]
    assert sorted(np.unique(drawn, return_counts=True)[1]) == [
        len(table) // 3,
        len(table) // 3,
        len(table) - 2 * (len(table) // 3),
    ]
    assert Ensemble(members=(Inclusive(),)).imitate(table, 1) == {}
    both = Ensemble(members=members[:2])
    for found in (both.diagnostics(table), both.evaluate(table)):
        assert found["latent"] == pytest.approx(2 * table["mjj"])
    assert np.array_equal(both.evaluate(table)["score"], both.score(table))


def test_state_restores_members_and_ranks(fitted, lr_toy):
    calibrated = fitted.calibrate(view(lr_toy(2000, 0, 2), TAGGER, WINDOW))
    table = lr_toy(500, 500, 3)
    again = ensemble([TAGGER] * 3).restore(calibrated.state())
    assert np.array_equal(again.score(table), calibrated.score(table))


def test_an_ensemble_of_none_is_refused():
    with pytest.raises(ParameterError, match="at least one"):
        ensemble([])
