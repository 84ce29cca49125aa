from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.analysis import hunt, mock, training
from dijethunt.datasets.atomic import write_json
from dijethunt.datasets.store import read, write
from dijethunt.datasets.table import FeatureTable

SETTINGS = hunt.Hunt((2132.0, 6000.0), "dijet", 3, 25.0, (2200.0, 4100.0), 20, 3)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Path], Path]:
    """Return the scores of one window with a selected falling spectrum, and the data with its signal."""
    root = tmp_path_factory.mktemp("hunt")
    rng = np.random.default_rng(1)
    tail = rng.random(3000) < 0.2
    signal = 3000 * rng.normal(0.98, 0.04, 3000) - np.where(tail, rng.exponential(300, 3000), 0)
    mjj = 2050 * (1 - rng.uniform(size=40_000)) ** (-1 / 6)
    for folder in ("data", "B3"):
        (root / folder).mkdir()
    save(root / "data" / mock.SIGNAL, mjj=signal)
    save(root / "B3" / mock.DATA, mjj=mjj, category=np.where(np.arange(40_000) < 30_000, 0, -1))
    save(root / "B3" / mock.SIGNAL, category=np.zeros(3000, np.int64))
    write_json(root / "B3" / training.SUMMARY, {"selected": 30_000, "categories": 1})
    return {"B3": root / "B3"}, root / "data"


def save(path: Path, **columns: Any) -> None:
    write(path, FeatureTable(columns), {})


def found(folders: tuple[dict[str, Path], Path], settings: hunt.Hunt, folder: Path) -> dict[str, Any]:
    hunt.hunt(settings, *folders, 3000.0, folder)
    content: dict[str, Any] = json.loads((folder / hunt.SUMMARY).read_text())
    return content


def test_the_default_is_a_gaussian_and_says_nothing_of_other_shapes(folders: Any, tmp_path: Path) -> None:
    content = found(folders, SETTINGS, tmp_path)
    assert set(content["signal"]) == {"mass", "width", "mean", "width_error", "mean_error"}
    assert content["windows"]["B3"]["selected"] == 30_000
    assert "history" not in content["windows"]["B3"]["fits"][0]["signal_fit"]
    (spectrum,) = hunt.selected_spectra(read(folders[0]["B3"] / mock.DATA), 1, SETTINGS)
    assert sum(content["windows"]["B3"]["fits"][0]["fit"]["observed"]) == spectrum.total
    shape = bh.Gaussian(content["signal"]["width"], content["signal"]["mean"])
    for point, limit in zip(content["scan"]["points"], content["limits"], strict=True):
        assert point["mass"] == limit["mass"]
        again = bh.limit(spectrum, bh.families.dijet(3), shape, limit["mass"])
        assert limit["expected"] == pytest.approx(again.expected)


def test_a_crystal_ball_is_fitted_to_the_simulation_and_used(folders: Any, tmp_path: Path) -> None:
    gaussian = found(folders, SETTINGS, tmp_path / "gaussian")
    content = found(folders, replace(SETTINGS, signal="crystal_ball"), tmp_path / "crystal_ball")
    assert content["signal"].pop("mass") == 3000
    path = tmp_path / "shape.json"
    path.write_text(json.dumps(content["signal"]))
    shape = bh.read_signal(path)
    assert shape.shapes[0].width == pytest.approx(0.04, rel=0.06)
    assert shape.shapes[0].alpha_low < 2
    (spectrum,) = hunt.selected_spectra(read(folders[0]["B3"] / mock.DATA), 1, SETTINGS)
    for before, limit in zip(gaussian["limits"], content["limits"], strict=True):
        again = bh.limit(spectrum, bh.families.dijet(3), shape, limit["mass"])
        assert limit["expected"] == pytest.approx(again.expected)
        assert limit["expected"][2] > 1.05 * before["expected"][2]


def test_the_rules_for_function_and_range_can_be_asked_for(folders: Any, tmp_path: Path) -> None:
    settings = replace(
        SETTINGS, parameters="auto", alpha=0.1, largest_uncertainty=0.15, range_loop=True, toys=5
    )
    rule = settings.background
    assert rule == bh.FTest.published(rule.families)
    content = found(folders, settings, tmp_path)
    history = content["windows"]["B3"]["fits"][0]["signal_fit"]["history"]
    assert history[0]["low"] == 2132
    assert content["scan"]["p_global"]["n_toys"] == 5


def test_a_window_with_too_few_events_is_left_out_and_said_to_be(folders: Any, tmp_path: Path) -> None:
    scores, data = folders
    (tmp_path / "B4").mkdir()
    save(tmp_path / "B4" / mock.DATA, mjj=np.array([2500.0, 2600.0]), category=np.zeros(2, np.int64))
    save(tmp_path / "B4" / mock.SIGNAL, category=np.full(3000, -1))
    write_json(tmp_path / "B4" / training.SUMMARY, {"selected": 2, "categories": 1})
    content = found(({"B4": tmp_path / "B4", **scores}, data), SETTINGS, tmp_path / "both")
    assert content["order"] == ["B3"]
    assert set(content["windows"]) == {"B3"}
    assert "2 in all" in content["left_out"]["B4"]
    assert content["scan"] == found(folders, SETTINGS, tmp_path / "one")["scan"]
    with pytest.raises(bh.FitRangeError, match="too few"):
        found(({"B4": tmp_path / "B4"}, data), SETTINGS, tmp_path / "none")


def test_categories_are_fitted_together_with_one_strength(folders: Any, tmp_path: Path) -> None:
    """Signal in the purer of two categories is seen better than in their sum, and fitted to its number in both."""
    scores, data = folders
    rng = np.random.default_rng(2)
    background = read(scores["B3"] / mock.DATA)
    n = 150
    mjj = np.concatenate([background["mjj"][:30_000], 3000 * rng.normal(0.98, 0.04, n)])
    category = np.concatenate(
        [np.where(np.arange(30_000) % 10 == 0, 0, 1), np.where(np.arange(n) % 3 == 0, 1, 0)]
    )
    strength, z = {}, {}
    for name, given, shares in (("two", category, [2000, 1000]), ("one", 0 * category, [3000])):
        (tmp_path / name).mkdir()
        save(tmp_path / name / mock.DATA, mjj=mjj, category=given)
        save(tmp_path / name / mock.SIGNAL, category=np.repeat(np.arange(len(shares)), shares))
        write_json(tmp_path / name / training.SUMMARY, {"selected": len(mjj), "categories": len(shares)})
        content = found(({"B3": tmp_path / name}, data), SETTINGS, tmp_path / f"{name}_out")
        assert len(content["windows"]["B3"]["fits"]) == len(shares)
        (point,) = (p for p in content["scan"]["points"] if p["mass"] == 3000)
        strength[name], z[name] = point["strength"], point["r"]
    assert z["two"] > 1.5 * z["one"]
    assert strength["two"] == pytest.approx(n, abs=60)
