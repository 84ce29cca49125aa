"""The references that train on nothing."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers import registry
from dijethunt.taggers.base import Sample
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.cut import Cut2Prong, Cut3Prong
from dijethunt.taggers.error import ParameterError


def events(ratio: str, msd: list[tuple[float, float]], tau: list[tuple[float, float]]) -> FeatureTable:
    masses, ratios = np.array(msd).T, np.array(tau).T
    columns = {f"j{jet}_msd": masses[jet - 1] for jet in (1, 2)}
    return FeatureTable(columns | {f"j{jet}_{ratio}": ratios[jet - 1] for jet in (1, 2)})


@pytest.mark.parametrize(
    ("tagger", "ratio", "cut"), [(Cut2Prong(), "tau21", 0.4), (Cut3Prong(), "tau32", 0.65)]
)
def test_both_jets_must_pass_both_cuts(tagger, ratio, cut):
    """As published: soft-drop masses above 50 GeV and a ratio below the cut."""
    inside, edge = cut - 0.01, cut
    table = events(
        ratio,
        [(80, 60), (80, 49), (49, 80), (80, 60), (80, 60), (80, 60), (50, 80)],
        [
            (inside, inside),
            (inside, inside),
            (inside, inside),
            (edge, inside),
            (inside, 0.9),
            (0.0, 0.0),
            (0, 0),
        ],
    )
    assert tagger.score(table).tolist() == [1, 0, 0, 0, 0, 1, 0]
    assert tagger.inputs == set(table.columns)


def test_the_cuts_are_hyperparameters():
    table = events("tau21", [(80, 60), (45, 45)], [(0.5, 0.5), (0.3, 0.3)])
    assert Cut2Prong(tau_max=0.6).score(table).tolist() == [1, 0]
    assert registry.make("cut_2prong", {"msd_min": 40}).score(table).tolist() == [0, 1]


def test_a_jet_without_a_ratio_does_not_pass():
    assert Cut2Prong().score(events("tau21", [(80, 60)], [(np.nan, 0.1)])).tolist() == [0]


def test_it_needs_no_training_and_knows_its_working_point(lr_toy):
    tagger = Cut2Prong(msd_min=0.0)
    toy = lr_toy(500, 0, 1)
    renamed = {
        f"{j}_{new}": np.abs(toy[f"{j}_{old}"])
        for j in ("j1", "j2")
        for new, old in (("msd", "a"), ("tau21", "b"))
    }
    table = toy.with_columns(**renamed)
    model = CrossFit(tagger, seed=1).fit(Sample(table))
    assert np.array_equal(model.score(table), tagger.score(table))
    assert 0 < model.score(table).mean() < 1
    assert Cut2Prong.working_point == Cut3Prong.working_point == {"kind": "absolute", "threshold": 0.5}


@pytest.mark.parametrize("change", [{"msd_min": -1.0}, {"tau_max": 0.0}, {"tau_max": float("nan")}])
def test_cuts_that_nothing_passes_are_refused(change):
    with pytest.raises(ParameterError, match=f"tagger cut_3prong: {next(iter(change))} is .*; allowed"):
        Cut3Prong(**change)
