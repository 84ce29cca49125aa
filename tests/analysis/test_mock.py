from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from dijethunt.analysis import mock
from dijethunt.datasets.atomic import read_json, write_json
from dijethunt.datasets.error import ColumnError
from dijethunt.datasets.store import read, write
from dijethunt.datasets.table import FeatureTable

Maker = Callable[..., FeatureTable]
RECORD = {"configuration": "0123"}


@pytest.fixture
def samples(tmp_path: Path, make_table: Maker) -> tuple[dict[str, Path], tuple[str, Path]]:
    for i, (name, n) in enumerate({"qcd": 400, "top": 50, "xyy": 300}.items()):
        table = make_table(n, i, sample=i).with_columns(truth=np.full(n, name == "xyy", dtype=np.int8))
        write(tmp_path / f"{name}.parquet", table, RECORD)
    generated = {"events": 1000, "sumw": 1000.0, "cross_section": None}
    write_json(tmp_path / "xyy.cutflow.json", {"xyy": {"generated": generated}})
    return {n: tmp_path / f"{n}.parquet" for n in ("qcd", "top")}, ("xyy", tmp_path / "xyy.parquet")


def test_signal_is_either_injected_or_held_out(tmp_path: Path, samples: tuple[dict, tuple]) -> None:
    mock.make_data(tmp_path, *samples, mock.Strength(events=40), seed=1)
    data, held_out = read(tmp_path / mock.DATA), read(tmp_path / mock.SIGNAL)
    injected = data.where(data["truth"] == 1)
    assert (len(data), len(injected), len(held_out)) == (490, 40, 260)
    assert not set(injected["event"]) & set(held_out["event"])
    summary = read_json(tmp_path / mock.SUMMARY)
    assert summary["injected"] == 40
    assert summary["data"] == {"events": 490, "digest": data.digest()}


def test_labels_of_the_data_are_counted(
    tmp_path: Path, samples: tuple[dict, tuple], make_table: Maker
) -> None:
    _, signal = samples
    mixed = make_table(100, 7, sample=7).with_columns(truth=np.repeat(np.array([1, 0], np.int8), [30, 70]))
    write(tmp_path / "mixed.parquet", mixed, RECORD)
    mock.make_data(tmp_path, {"mixed": tmp_path / "mixed.parquet"}, signal, mock.Strength(events=5), seed=1)
    summary = read_json(tmp_path / mock.SUMMARY)
    assert (summary["injected"], summary["labelled"]) == (5, 30)
    write(tmp_path / "mixed.parquet", make_table(100, 7, sample=7), RECORD)
    plain = make_table(50, 8, sample=9)
    write(tmp_path / "xyy.parquet", plain, RECORD)
    mock.make_data(tmp_path, {"mixed": tmp_path / "mixed.parquet"}, signal, mock.Strength(), seed=1)
    assert read_json(tmp_path / mock.SUMMARY)["labelled"] is None


def test_a_cross_section_gives_the_expected_number(tmp_path: Path, samples: tuple[dict, tuple]) -> None:
    mock.make_data(tmp_path, *samples, mock.Strength(cross_section=5.0, luminosity=20.0), seed=1)
    assert read_json(tmp_path / mock.SUMMARY)["injected"] == round(5.0 * 20.0 * 300 / 1000)


def test_a_sample_that_nothing_is_left_of_is_named(
    tmp_path: Path, samples: tuple[dict, tuple], make_table: Maker
) -> None:
    write(samples[0]["top"], make_table(0, 1), RECORD)
    with pytest.raises(ColumnError, match="sample 'top' has no selected event"):
        mock.make_data(tmp_path, *samples, mock.Strength(), seed=1)
