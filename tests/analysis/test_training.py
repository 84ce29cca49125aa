"""Working points of a configuration in the stage that scores and selects."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dijethunt.analysis import mock, training
from dijethunt.analysis.point import make_point
from dijethunt.datasets.atomic import read_json
from dijethunt.datasets.store import read, write
from dijethunt.taggers.cwola import CWoLa
from dijethunt.taggers.error import ParameterError
from dijethunt.taggers.jet import COMBINATIONS
from dijethunt.taggers.toy import toy

HYPERPARAMETERS = {"features": ["msd", "tau21"], "rounds": 5, "subsample": 0.5}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[training.Setup, Path]:
    """Toy data of a search with models of two folds, and where they are."""
    data, models = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("models")
    inputs = CWoLa(features=("msd", "tau21")).inputs
    write(data / mock.DATA, toy(inputs, 3000, 60, 1), {})
    write(data / mock.SIGNAL, toy(inputs, 0, 500, 2), {})
    setup = training.Setup("cwola", HYPERPARAMETERS, "B3", data, seed=1, folds=2, members=1)
    for fold in setup.trained_folds():
        training.train_fold(setup, fold, models, models / f"{fold}.json")
    return setup, models


def selection(trained, folder: Path, working_point):
    """Return the summary and the scored data of a working point."""
    setup, models = trained
    own = {"working_point": working_point} if working_point else {}
    absolute = (working_point or {}).get("kind") == "absolute"
    settings = HYPERPARAMETERS | own | ({} if absolute else {"efficiency": 0.05})
    point = make_point("cwola", settings, "B3", setup.folds, setup.seed)
    training.score_window(replace(setup, settings=settings), models, point, folder)
    return read_json(folder / training.SUMMARY), read(folder / mock.DATA)


def test_the_default_is_a_fraction_of_the_sidebands(trained, tmp_path):
    summary, data = selection(trained, tmp_path, None)
    sidebands = np.abs(data["region"]) == 1
    assert summary["efficiency"] == 0.05
    assert np.mean(data["category"][sidebands] == 0) == pytest.approx(0.05, abs=0.02)


def test_a_band_decides_at_all_masses(trained, tmp_path):
    _, data = selection(trained, tmp_path, {"kind": "central", "band": [2300, 2600]})
    band = (data["mjj"] >= 2300) & (data["mjj"] < 2600)
    assert np.mean(data["category"][band] == 0) == pytest.approx(0.05, abs=0.02)


def test_an_absolute_threshold_is_reported_with_the_fraction_that_it_selects(trained, tmp_path):
    summary, data = selection(trained, tmp_path, {"kind": "absolute", "threshold": 0.9})
    assert np.array_equal(data["category"] == 0, data["score"] >= 0.9)
    assert summary["thresholds"] == [0.9, 0.9]
    sidebands = np.abs(data["region"]) == 1
    assert summary["efficiency"] == pytest.approx(np.mean(data["score"][sidebands] >= 0.9), abs=0.02)


def test_equal_scores_that_no_cut_divides_are_told(trained, tmp_path, monkeypatch):
    summary, _ = selection(trained, tmp_path / "usual", None)
    assert summary["achieved"] == pytest.approx([0.05, 0.05], rel=0.3)
    assert summary["warnings"] == []
    monkeypatch.setitem(COMBINATIONS, "max", lambda jets: np.ones(len(jets)))
    summary, _ = selection(trained, tmp_path / "equal", None)
    assert summary["achieved"] == [1.0, 1.0]
    (warning,) = summary["warnings"]
    assert "a share of 1 (fold 0), 1 (fold 1) is selected in place of 0.05" in warning


def test_a_wrong_working_point_is_named_before_anything_is_trained():
    with pytest.raises(ParameterError, match=r"no kind 'centre'; did you mean 'central'\?"):
        training.make_tagger("cwola", {"working_point": {"kind": "centre"}})
