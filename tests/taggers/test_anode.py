"""ANODE and R-ANODE: densities of signal region and sidebands. Their power is tested in test_physics.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers.anode import Anode
from dijethunt.taggers.base import Run, Sample
from dijethunt.taggers.density_ratio import MASSES
from dijethunt.taggers.error import NotFittedError, ParameterError, TrainingError
from dijethunt.taggers.metric import auc
from dijethunt.taggers.ranode import RAnode, best_fraction
from dijethunt.taggers.toy import WINDOW
from scipy.stats import ks_2samp, norm

QUICK = {
    "features": ("j1_a", "j1_b", "j1_c", "j1_d"),
    "flow_epochs": 6,
    "flow_batch": 64,
    "flow_blocks": 2,
    "flow_hidden": 32,
    "flow_kept": 2,
}
ANODE = Anode(**QUICK)
RANODE = RAnode(**QUICK, resamplings=2, signal_epochs=20, signal_batch=128)


@pytest.fixture(scope="module")
def anode(sample):
    return ANODE.fit(sample, Run(seed=1))


@pytest.fixture(scope="module")
def ranode(sample):
    return RANODE.fit(sample, Run(seed=1))


def test_they_find_a_signal(anode, ranode, lr_toy):
    test = lr_toy(3000, 3000, 3)
    assert auc(anode.score(test), test["truth"]) > 0.8
    assert auc(ranode.score(test), test["truth"]) > 0.9


def data_density(tagger, x, at):
    """What a score compares with background, for prepared features (n, F) and masses (n,)."""
    if tagger.name == "anode":
        return tagger.inner.flow.log_density(tagger.inner.models, x, tagger.inner.conditions(at))
    return tagger.signal_flow.log_density(tagger.signal, x, np.empty((len(x), 0)))


@pytest.mark.parametrize("mass", MASSES)
@pytest.mark.parametrize("name", ["anode", "ranode"])
def test_the_score_is_the_log_ratio_of_the_densities_at_the_mass_that_is_asked_for(
    name, mass, lr_toy, request
):
    fitted = request.getfixturevalue(name)
    tagger = type(fitted)(**{**fitted.parameters, "mass": mass}).restore(fitted.state())
    table = lr_toy(300, 0, 3)
    features, mjj = tagger.events(table)
    flow, x = tagger.background, tagger.background.preparation.forward(features)
    middle = np.full(len(mjj), WINDOW.middle)
    at = mjj if mass == "event" else middle
    if mass == "carried":
        x = flow.carry(features, mjj, WINDOW.middle)
    expected = data_density(tagger, x, at) - flow.flow.log_density(flow.models, x, flow.conditions(at))
    assert tagger.score(table) == pytest.approx(expected, abs=1e-6)
    assert ("mjj" in tagger.scored_by) == (mass != "middle")
    changed = tagger.score(table.with_columns(mjj=middle))
    assert np.allclose(changed, expected, atol=1e-3) == (mass == "middle")


def test_background_has_a_score_near_0(anode, lr_toy):
    assert np.mean(anode.score(lr_toy(2000, 0, 3))) == pytest.approx(0.0, abs=0.3)


def test_background_that_follows_the_mass_has_the_same_scores_at_all_masses():
    """Each event is carried to what background has in its place in the middle of the signal region."""
    rng = np.random.default_rng(1)
    n = 12_000
    mjj = rng.uniform(2000, 4000, n)
    table = FeatureTable({"mjj": mjj, "j1_a": rng.normal(mjj / 250, 1), "region": WINDOW.region(mjj)})
    tagger = Anode(features=("j1_a",), flow_epochs=8, mass="carried")
    fitted = tagger.fit(Sample(table, window=WINDOW), Run(seed=1))
    score, (low, high) = fitted.score(table), np.quantile(mjj, [0.3, 0.7])
    assert ks_2samp(score[mjj < low], score[mjj > high]).statistic < 0.06


def test_the_fraction_of_signal_is_found(ranode):
    """600 of 6,600 events in the signal region of both tables are signal."""
    assert ranode.history["fraction"] == pytest.approx(600 / 6600, rel=0.5)
    assert ranode.signal.shape[0] == RANODE.resamplings


def test_the_best_fraction_is_that_of_the_likelihood():
    """Background N(0, 1) and a tenth of N(3, 1/2): known densities."""
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(size=9000), rng.normal(3, 0.5, 1000)])
    log_ratio = norm(3, 0.5).logpdf(x) - norm.logpdf(x)
    assert best_fraction(log_ratio) == pytest.approx(0.1, abs=0.01)
    assert best_fraction(log_ratio[:9000]) < 0.005


def test_losses_are_kept(anode, ranode):
    assert set(anode.history) == {f"{d}/{n}" for d in ("flow", "inner") for n in ("loss", "validation")}
    names = ("flow", "signal0", "signal1")
    assert set(ranode.history) == {f"{d}/{n}" for d in names for n in ("loss", "validation")} | {"fraction"}


@pytest.mark.parametrize("tagger", [ANODE, RANODE], ids=lambda tagger: tagger.name)
def test_untrained_they_cannot_score(tagger, lr_toy):
    with pytest.raises(NotFittedError, match=f"tagger {tagger.name} has not been trained"):
        tagger.score(lr_toy(10, 1, 1))


def test_a_window_is_needed(sample):
    with pytest.raises(TrainingError, match=r"give Sample\.window"):
        ANODE.fit(replace(sample, window=None), Run())


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"fraction": 0.0}, "fraction is 0.0; allowed: between 0 and 1"),
        ({"mass": "own"}, "mass is 'own'; allowed: middle, carried, event"),
        ({"resamplings": 0}, "resamplings is 0; allowed: at least 1"),
        ({"signal_batch": 1}, "signal_batch is 1; allowed: at least 2"),
        ({"flow_kept": 0}, "flow_kept is 0; allowed: at least 1"),
    ],
)
def test_wrong_hyperparameters_are_named(parameters, message):
    with pytest.raises(ParameterError, match=message):
        RAnode(**parameters)
