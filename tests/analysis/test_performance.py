"""How well taggers separate signal from background: which events count, and what is stated of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dijethunt.analysis import mock
from dijethunt.analysis.performance import Contest, contest, match, measure, realised_gain
from dijethunt.analysis.performance_figure import roc, sic
from dijethunt.analysis.performance_table import performance
from dijethunt.datasets.store import write
from dijethunt.datasets.table import FeatureTable
from dijethunt.selections.window import window

B3 = window("B3")


def scored(n: int, seed: int, mean: float = 0.0, low: float = 2231.0, high: float = 4071.0) -> FeatureTable:
    """Draw events with scores N(mean, 1), of which those above 2 are selected."""
    rng = np.random.default_rng(seed)
    score = rng.normal(mean, 1.0, n)
    return FeatureTable(
        {
            "mjj": rng.uniform(low, high, n),
            "score": score,
            "fold": rng.integers(0, 3, n),
            "category": np.where(score > 2, 0, -1),
        }
    )


@pytest.fixture(scope="module")
def data() -> FeatureTable:
    return scored(9000, 1)


@pytest.fixture(scope="module")
def signal() -> FeatureTable:
    return scored(2000, 2, mean=2.0, low=2500.0, high=3500.0)


@pytest.fixture(scope="module")
def found(data: FeatureTable, signal: FeatureTable) -> Contest:
    truth = np.zeros(len(data), dtype=np.int8)
    truth[:50] = 1
    return match(B3, data, signal, truth)


@pytest.fixture(scope="module")
def measured(found: Contest) -> dict[str, Any]:
    return measure(found)


def test_with_truth_background_is_that_of_the_signal_region(
    found: Contest, data: FeatureTable, signal: FeatureTable
) -> None:
    inside = B3.region(data["mjj"]) == 0
    background = data["score"][inside & (np.arange(9000) >= 50)]
    assert np.array_equal(found.score[found.truth == 0], background)
    assert np.array_equal(found.score[found.truth == 1], signal["score"][B3.region(signal["mjj"]) == 0])
    assert found.hidden == np.sum(inside[:50])
    assert (found.background, len(found.others)) == ("truth", 8950)


def test_without_truth_background_is_that_of_the_sidebands(data: FeatureTable, signal: FeatureTable) -> None:
    found = match(B3, data, signal, None)
    region = B3.region(data["mjj"])
    assert np.array_equal(found.score[found.truth == 0], data["score"][np.abs(region) == 1])
    assert found.hidden is None
    assert (found.background, len(found.others)) == ("sidebands", np.sum(region != 0))
    assert measure(found)["significance_gain"] is None


def test_every_metric_is_stated_with_its_error(found: Contest, measured: dict[str, Any]) -> None:
    """Two Gaussians 2 apart: the area is Phi(sqrt 2), the rejection at 0.5 is 1/Phi(-2)."""
    numbers = json.loads(json.dumps(measured, allow_nan=False))
    assert numbers["auc"]["value"] == pytest.approx(0.9214, abs=3 * numbers["auc"]["error"])
    assert 0.002 < numbers["auc"]["error"] < 0.01
    half = {row["signal"]: row for row in numbers["rejection"]}[0.5]
    assert half["value"] == pytest.approx(43.96, abs=3 * half["error"])
    assert [row["background"] for row in numbers["sic_at_background"]] == [1e-2]
    assert [row["signal"] for row in numbers["sic_at_signal"]] == [0.2]
    best = numbers["max_sic"]
    assert best["background"] * numbers["events"]["background"] >= 25
    before = found.hidden / np.sqrt(numbers["events"]["background"])
    assert numbers["significance_gain"]["value"] == pytest.approx(before * best["value"])
    assert numbers["sculpting"]["overall"] == pytest.approx(np.mean(found.others["category"] >= 0))
    assert numbers["distance_correlation"] < 0.05


def test_without_a_selection_there_is_no_sculpting(data: FeatureTable, signal: FeatureTable) -> None:
    everything = data.with_columns(category=np.zeros(len(data), dtype=int))
    assert measure(match(B3, everything, signal, None))["sculpting"] is None


@pytest.fixture
def folders(tmp_path: Path, data: FeatureTable, signal: FeatureTable) -> tuple[Path, Path]:
    """A folder of scores and the folder of the data, with the first 50 events injected."""
    for folder in ("scores", "data"):
        (tmp_path / folder).mkdir()
    write(tmp_path / "scores" / mock.DATA, data, {})
    write(tmp_path / "scores" / mock.SIGNAL, signal, {})
    truth = (np.arange(len(data)) < 50).astype(np.int8)
    write(tmp_path / "data" / mock.DATA, FeatureTable({"truth": truth}), {})
    return tmp_path / "scores", tmp_path / "data"


@pytest.mark.parametrize("name", ["B3", "all"])
def test_a_tagger_is_measured_in_the_window_of_the_signal(
    folders: tuple[Path, Path], name: str, found: Contest
) -> None:
    read = contest(3000.0, {name: folders[0]}, folders[1], simulated=True)
    assert read is not None
    assert read.window == "B3"
    assert np.array_equal(read.score, found.score)


def test_a_tagger_without_the_window_or_without_events_is_not_measured(folders: tuple[Path, Path]) -> None:
    scores, data = folders
    assert contest(3000.0, {"A4": scores}, data, simulated=True) is None
    assert contest(1000.0, {"all": scores}, data, simulated=True) is None
    assert contest(5500.0, {"all": scores}, data, simulated=True) is None


def test_a_few_signal_events_are_not_measured(folders: tuple[Path, Path], signal: FeatureTable) -> None:
    scores, data = folders
    inside = signal.where(B3.region(signal["mjj"]) == 0)
    for n, measurable in ((24, False), (25, True)):
        write(scores / mock.SIGNAL, inside.where(np.arange(len(inside)) < n), {})
        found = contest(3000.0, {"all": scores}, data, simulated=True)
        assert (found is not None) == measurable
        assert found is None or measure(found)["events"]["signal"] == n


def test_the_realised_gain_is_a_ratio_of_fitted_significances() -> None:
    scans = {"inclusive": {3000.0: 2.0, 3100.0: 0.5}, "cwola": {3000.0: 6.0}}
    assert realised_gain(scans, 3000.0, "inclusive") == {"inclusive": 1.0, "cwola": 3.0}
    assert realised_gain(scans, 3100.0, "inclusive") == {"inclusive": None, "cwola": None}
    assert realised_gain(scans, 3000.0, None) == {"inclusive": None, "cwola": None}


def test_the_table_shows_what_was_measured(measured: dict[str, Any]) -> None:
    numbers = measured | {"realised_gain": 3.0}
    table = performance("injected", {"cwola": {"performance": numbers}, "other": {"performance": None}})
    cells = dict(zip(["tagger", *table["titles"]], table["rows"][0], strict=True))
    assert len(table["rows"]) == 1
    assert cells["tagger"] == "cwola"
    assert cells["AUC"].startswith(f"{numbers['auc']['value']:.3g} ± ")
    assert cells["Z / Z inclusive"] == "3.00"
    at_fifth = numbers["rejection"][0]
    assert cells["1/ε_B at ε_S = 0.2"] == f"{at_fifth['value']:.3g} ± {at_fifth['error']:.2g}"
    assert table["figures"] == ["roc_injected", "sic_injected"]
    assert performance("nothing", {"other": {"performance": None}})["rows"] == []


def test_curves_are_drawn_with_bands_down_to_their_floor(found: Contest) -> None:
    for drawn, floor in ((roc({"cwola": found}, "toy"), 3), (sic({"cwola": found}, "toy"), 25)):
        curve = drawn.axes[0].lines[0]
        x, y = np.asarray(curve.get_xdata()), np.asarray(curve.get_ydata())
        passed = found.roc().at_signal(x)[1]
        assert np.isnan(y[passed < floor]).all()
        assert np.isfinite(y[passed > 2 * floor]).all()
        band = drawn.axes[0].collections[0].get_paths()[0].get_extents()
        assert band.ymin < np.nanmin(y[y > 1]) or band.ymax > np.nanmax(y)
        assert {line.get_label() for line in drawn.axes[0].lines} == {"cwola", "random"}
