"""What is found out about a trained tagger: losses, importances, and the background that it draws."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.analysis import diagnosis, diagnosis_figure
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers.base import Sample
from dijethunt.taggers.cathode import Cathode
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.cwola_joint import CWoLaJoint
from dijethunt.taggers.inclusive import Inclusive
from dijethunt.taggers.toy import WINDOW, toy

FEATURES = ("j1_a", "j1_b")
QUICK = {
    "flow_epochs": 10,
    "flow_batch": 128,
    "flow_blocks": 2,
    "flow_hidden": 32,
    "flow_kept": 2,
    "classifiers": 2,
}
TAGGERS = {"cathode": Cathode(features=FEATURES, **QUICK), "cwola_joint": CWoLaJoint(features=FEATURES)}


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    """Signal in a alone: b is noise."""
    found = toy(frozenset({"j1_a", "j1_b"}), 16_000, 800, 1)
    return found.with_columns(j1_b=np.random.default_rng(2).normal(size=len(found)))


@pytest.fixture(scope="module", params=sorted(TAGGERS))
def found(request, table):
    plan = CrossFit(TAGGERS[request.param], seed=1, folds=2, members=1)
    model = plan.fit(Sample(table, window=WINDOW))
    return request.param, diagnosis.diagnose(model, table, WINDOW.region(table["mjj"]), 3)


def test_the_feature_with_the_signal_matters_most(found):
    importance = diagnosis.summary(found[1])["importance"]
    assert set(importance) == set(FEATURES)
    assert importance["j1_a"] > importance["j1_b"]
    assert importance["j1_a"] > 0.2


def test_a_score_of_few_values_has_importances(table):
    class Above(Inclusive):
        scored_by = frozenset(FEATURES)

        def score(self, table):
            return (table["j1_a"] > self.cut).astype(float)

    for share in (0.9, 0.995):
        Above.cut = np.quantile(table["j1_a"], share)
        model = CrossFit(Above(), seed=1).fit(Sample(table))
        found = diagnosis.importance(model, table, 3)
        assert found["j1_a"] == pytest.approx(share, abs=0.05)
        assert found["j1_b"] == 0


def test_losses_of_all_units_are_there(found):
    units = {name.split("/")[1] for name in found[1] if name.startswith("history/")}
    assert units == {"fold0", "fold1"}


def test_drawn_background_is_like_the_sidebands(found):
    tagger, arrays = found
    separability = diagnosis.summary(arrays)["separability"]
    if tagger != "cathode":
        assert not separability
        return
    assert separability["sidebands"] == pytest.approx(0.5, abs=0.05)
    assert separability["signal_region"] > separability["sidebands"]
    assert set(arrays) >= {
        f"{kind}/{region}/j1_a" for kind in ("data", "drawn") for region in diagnosis.REGIONS
    }


def test_written_and_read_it_is_the_same(found, tmp_path):
    diagnosis.write(tmp_path / "a.npz", found[1])
    again = diagnosis.read(tmp_path / "a.npz")
    assert set(again) == set(found[1])
    assert all(np.array_equal(again[name], values) for name, values in found[1].items())


def test_figures_show_what_there_is(found):
    tagger, arrays = found
    assert len(diagnosis_figure.losses(arrays, "").axes) == (2 if tagger == "cathode" else 1)
    assert len(diagnosis_figure.importance(arrays, "").axes[0].patches) == 2
    closure = diagnosis_figure.closure(arrays, "")
    assert (closure is None) == (tagger != "cathode")


def test_a_tagger_that_learns_nothing_has_nothing_to_show(table):
    model = CrossFit(Inclusive(), seed=1, folds=2).fit(Sample(table))
    arrays = diagnosis.diagnose(model, table, WINDOW.region(table["mjj"]), 3)
    assert not diagnosis.summary(arrays)["importance"]
    assert diagnosis_figure.importance(arrays, "") is None
    assert diagnosis_figure.losses(arrays, "") is None
    assert diagnosis_figure.closure(arrays, "") is None
