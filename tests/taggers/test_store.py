"""Trained models on disk."""

from __future__ import annotations

import json
from dataclasses import replace
from zipfile import ZipFile

import numpy as np
import pytest
from dijethunt.datasets.error import FileError
from dijethunt.taggers import store
from dijethunt.taggers.base import Run, Sample
from dijethunt.taggers.crossfit import CrossFit
from dijethunt.taggers.cwola import CWoLa
from dijethunt.taggers.error import ModelFileError
from dijethunt.taggers.toy import WINDOW

TAGGER = CWoLa(features=("a", "b", "c", "d"), rounds=10)
CROSSFIT = CrossFit(TAGGER, seed=2, folds=2, members=2)


@pytest.fixture(scope="module")
def sample(lr_toy) -> Sample:
    return Sample(lr_toy(1500, 50, 1), window=WINDOW)


@pytest.fixture(scope="module")
def unit(sample) -> CWoLa:
    return CROSSFIT.fit_unit(sample, 1, 0)


@pytest.fixture
def saved(tmp_path, sample, unit):
    training = store.Training.of(sample, Run(seed=12), fold=1, member=0, seconds=0.5)
    store.save(tmp_path / "model", unit, training)
    return tmp_path / "model"


def test_a_loaded_tagger_is_the_saved_one(saved, unit, sample):
    loaded = store.load(saved)
    assert loaded == unit
    assert np.array_equal(loaded.score(sample.data), unit.score(sample.data))
    assert np.array_equal(loaded.history["j2/validation"], unit.history["j2/validation"])


def test_the_metadata_tell_how_the_model_was_made(saved, sample):
    metadata = json.loads((saved / "tagger.json").read_text())
    assert metadata["name"] == "cwola"
    assert metadata["parameters"] == TAGGER.parameters
    assert metadata["inputs"] == sorted(TAGGER.inputs)
    assert {"dijethunt", "numpy", "xgboost"} <= set(metadata["versions"])
    training = metadata["training"]
    assert (training["seed"], training["fold"], training["member"]) == (12, 1, 0)
    assert (training["seconds"], training["device"]) == (0.5, "cpu")
    assert training["window"]["low"] == WINDOW.low
    assert training["samples"] == {"data": {"digest": sample.data.digest(), "events": len(sample.data)}}


def test_equal_models_are_equal_bytes(saved, tmp_path, sample):
    again = CROSSFIT.fit_unit(sample, 1, 0)
    store.save(tmp_path / "again", again, store.Training(seed=12))
    assert (tmp_path / "again" / "arrays.npz").read_bytes() == (saved / "arrays.npz").read_bytes()
    with ZipFile(saved / "arrays.npz") as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_there_is_no_pickle_in_it(saved):
    with np.load(saved / "arrays.npz", allow_pickle=False) as arrays:
        assert arrays["model/j1"].dtype == np.uint8
        assert all(arrays[name].dtype != object for name in arrays.files)


def test_a_whole_cross_fitted_model(tmp_path, sample):
    model = CROSSFIT.fit(sample)
    store.save_crossfit(tmp_path / "all", model, store.Training.of(sample, Run()))
    loaded = store.load_crossfit(tmp_path / "all")
    assert loaded.crossfit == CROSSFIT
    assert np.array_equal(loaded.score(sample.data), model.score(sample.data))


def test_units_from_disk_assemble_to_the_same_model(tmp_path, sample):
    for fold, member in CROSSFIT.units():
        unit = CROSSFIT.fit_unit(sample, fold, member)
        store.save(tmp_path / f"{fold}{member}", unit, store.Training(seed=0))
    units = {unit: store.load(tmp_path / f"{unit[0]}{unit[1]}") for unit in CROSSFIT.units()}
    assembled = CROSSFIT.assemble(units, sample)
    assert np.array_equal(assembled.score(sample.data), CROSSFIT.fit(sample).score(sample.data))


def test_damage_is_found(saved):
    content = (saved / "arrays.npz").read_bytes()
    (saved / "arrays.npz").write_bytes(content[:-10])
    with pytest.raises(ModelFileError, match=r"arrays.npz does not belong to tagger.json"):
        store.load(saved)
    (saved / "arrays.npz").unlink()
    with pytest.raises(ModelFileError, match=r"cannot read .*arrays.npz"):
        store.load(saved)


def test_another_kind_or_nothing_is_refused(saved, tmp_path):
    with pytest.raises(ModelFileError, match="holds a 'tagger', not a 'crossfit'"):
        store.load_crossfit(saved)
    with pytest.raises(FileError, match=r"tagger\.json"):
        store.load(tmp_path / "nothing")


def test_a_file_is_not_overwritten_by_a_folder(tmp_path, unit):
    (tmp_path / "file").write_text("precious")
    with pytest.raises(FileError, match="it is a file; give a folder"):
        store.save(tmp_path / "file", unit, store.Training(seed=0))
    assert (tmp_path / "file").read_text() == "precious"


def test_an_interrupted_save_leaves_no_model(tmp_path, unit, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "write_json", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.save(tmp_path / "model", unit, store.Training(seed=0))
    with pytest.raises(FileError):
        store.load(tmp_path / "model")


def test_a_training_describes_all_its_tables(sample):
    full = replace(sample, validation=sample.data.where(np.arange(5)))
    assert store.Training.of(full, Run()).samples["validation"]["events"] == 5
