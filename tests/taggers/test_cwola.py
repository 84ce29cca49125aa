"""CWoLa Hunting with trees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dijethunt.taggers.base import Run, Sample
from dijethunt.taggers.blind import view
from dijethunt.taggers.cwola import CWoLa
from dijethunt.taggers.error import NotFittedError, ParameterError
from dijethunt.taggers.jet import Jets
from dijethunt.taggers.metric import auc
from dijethunt.taggers.toy import WINDOW

FEATURES = ("a", "b", "c", "d")
TAGGER = CWoLa(features=FEATURES)


@pytest.fixture(scope="module")
def sample(lr_toy) -> Sample:
    tables = [view(lr_toy(3000, 150, seed, jets="noise"), TAGGER, WINDOW) for seed in (1, 2)]
    return Sample(tables[0], validation=tables[1], window=WINDOW)


@pytest.fixture(scope="module")
def fitted(sample) -> CWoLa:
    return TAGGER.fit(sample, Run(seed=5))


def test_inputs_are_the_features_of_both_jets_and_pt_when_it_decides_weights():
    assert CWoLa(features=("msd", "lsf3")).inputs == {"j1_msd", "j1_lsf3", "j2_msd", "j2_lsf3"}
    assert CWoLa(features=("msd",), pt_weights=True).inputs == {"j1_msd", "j2_msd", "j1_pt", "j2_pt"}


def test_each_jet_has_a_model_of_its_own(fitted, lr_toy):
    test = lr_toy(3000, 3000, 3, jets="noise")
    first, second = fitted.score_jets(fitted.jets(test)).T
    assert auc(first, test["truth"]) > 0.9
    assert abs(auc(second, test["truth"]) - 0.5) < 0.05


def test_fit_returns_another_tagger_and_leaves_the_first(sample, fitted):
    assert fitted.parameters == TAGGER.parameters
    with pytest.raises(NotFittedError, match="tagger cwola has not been trained"):
        TAGGER.score(sample.data)


def test_the_history_has_the_losses_of_each_round(fitted):
    assert set(fitted.history) == {"j1/loss", "j1/validation", "j2/loss", "j2/validation"}
    loss, validation = fitted.history["j1/loss"], fitted.history["j1/validation"]
    assert len(loss) == len(validation) < TAGGER.rounds
    assert loss[-1] < loss[0] < np.log(2)
    assert len(validation) - 1 - np.argmin(validation) == TAGGER.patience


def test_training_stops_at_the_least_validation_loss(sample):
    """Scores are those of a training that had only as many rounds as the best."""
    stopped = TAGGER.fit(sample, Run(seed=5))
    for jet in (0, 1):
        best = int(np.argmin(stopped.history[f"j{jet + 1}/validation"]))
        short = replace(TAGGER, rounds=best + 1, patience=0).fit(sample, Run(seed=5))
        jets = stopped.jets(sample.data)
        assert np.array_equal(stopped.score_jets(jets)[:, jet], short.score_jets(jets)[:, jet])


def test_without_validation_all_rounds_are_trained(sample):
    tagger = replace(TAGGER, rounds=7).fit(replace(sample, validation=None), Run())
    assert len(tagger.history["j1/loss"]) == 7
    assert len(tagger.history["j1/validation"]) == 0


def test_the_seed_decides_the_model_to_the_byte(sample):
    tagger = replace(TAGGER, subsample=0.5)
    first, again, other = (tagger.fit(sample, Run(seed=seed)) for seed in (5, 5, 6))
    assert all(np.array_equal(a, b) for a, b in zip(again.models, first.models, strict=True))
    assert not np.array_equal(other.models[0], first.models[0])


def test_the_two_jets_have_different_seeds(sample):
    """With equal features and equal seeds the two models would be the same."""
    table = sample.data.with_columns(**{f"j2_{name}": sample.data[f"j1_{name}"] for name in FEATURES})
    tagger = replace(TAGGER, subsample=0.5).fit(replace(sample, data=table, validation=None), Run())
    assert not np.array_equal(*tagger.models)


def test_sidebands_of_different_sizes_do_not_bias_the_output(lr_toy):
    """Weighted to equal classes, the mean output without signal is zero whatever the numbers of events."""
    table = view(lr_toy(4000, 0, 1), TAGGER, WINDOW)
    few = table.where((table["region"] != 0) | (np.arange(len(table)) % 5 == 0))
    outputs = TAGGER.fit(Sample(few), Run()).score_jets(TAGGER.jets(few))
    assert abs(outputs.mean()) < 0.3


def test_pt_weights_remove_what_only_pt_tells(lr_toy):
    """A feature that is the pT, harder in the signal region, separates it without the weights and not with them."""
    rng = np.random.default_rng(1)
    table = view(lr_toy(6000, 0, 1), TAGGER, WINDOW)
    pt = rng.gamma(4, 250 + 60 * (table["region"] == 0))
    table = table.with_columns(j1_pt=pt, j2_pt=pt, j1_x=pt, j2_x=pt)
    spreads = []
    for weighted in (False, True):
        tagger = CWoLa(features=("x",), pt_weights=weighted, rounds=30, patience=0)
        spreads.append(np.std(tagger.fit(Sample(table), Run()).score(table)))
    assert spreads[1] < 0.4 * spreads[0]


def test_calibrated_ranks_are_uniform_on_sidebands(sample, lr_toy):
    held_out = view(lr_toy(5000, 100, 8, jets="noise"), TAGGER, WINDOW)
    fitted = replace(TAGGER, rounds=50, patience=0).fit(sample, Run())
    calibrated = fitted.calibrate(held_out)
    sidebands = held_out.where(held_out["region"] != 0)
    for ranks in calibrated.ranked(sidebands).T:
        assert np.mean(ranks) == pytest.approx(0.5, abs=0.01)
        assert np.mean(ranks > 0.9) == pytest.approx(0.1, abs=0.01)
    assert not fitted.ranks


def test_the_score_is_the_larger_rank(fitted, lr_toy):
    held_out = view(lr_toy(2000, 0, 8), TAGGER, WINDOW)
    calibrated = fitted.calibrate(held_out)
    table = lr_toy(500, 500, 9)
    ranks = calibrated.diagnostics(table)
    assert np.array_equal(calibrated.score(table), np.maximum(ranks["j1"], ranks["j2"]))


def test_missing_values_still_give_a_score(fitted, lr_toy):
    table = lr_toy(100, 0, 4)
    holes = table.with_columns(j1_a=np.full(len(table), np.nan))
    assert np.isfinite(fitted.score(holes)).all()


def test_jets_without_a_region_cannot_be_trained_on():
    with pytest.raises(ParameterError, match="no region"):
        TAGGER.fit_jets(Jets(np.zeros((10, 2, 4))), None, Run())


def test_models_for_jets_alone(sample, fitted):
    """Jets can be trained on and scored without a table."""
    data, validation = (TAGGER.jets(table) for table in (sample.data, sample.validation))
    direct = TAGGER.fit_jets(data, validation, Run(seed=5))
    assert np.array_equal(direct.score_jets(data), fitted.score_jets(data))


def test_the_published_preset_weighs_pt():
    assert CWoLa(**CWoLa.presets["published"]).pt_weights
    assert not CWoLa().pt_weights
