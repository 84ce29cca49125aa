"""Mixtures: numbers follow the luminosity, draws follow weights, and small samples are refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import uproot
from dijethunt.analysis.mixture import Hidden, MixtureError, Share, capacity, draw, mix
from dijethunt.analysis.processor import DijetProcessor
from dijethunt.datasets import store
from dijethunt.datasets.atomic import read_json
from dijethunt.datasets.catalogue import Dataset
from dijethunt.datasets.fold import sample_id
from dijethunt.datasets.ntuple import inspect
from dijethunt.datasets.table import FeatureTable
from dijethunt.selections.region import DijetSelection

Maker = Callable[..., FeatureTable]
PROCESSOR = DijetProcessor(DijetSelection(deta_max=None, jet_id=False), ("msd",))


@pytest.fixture
def qcd(make_events: Callable[..., Path]) -> Dataset:
    """1000 events that all pass; 4000 were generated (Runs is absent in these files: see ``generated``)."""
    return Dataset("qcd", (str(make_events("qcd.root", 1000)),), "background", cross_section=4.0)


@pytest.fixture(autouse=True)
def generated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every sample have been selected with an acceptance of one quarter."""
    monkeypatch.setattr("dijethunt.analysis.selection.SampleFlow.acceptance", 0.25)


def test_the_number_is_that_of_a_poisson_distribution(qcd: Dataset, tmp_path: Path) -> None:
    drawn = []
    for seed in range(20):
        (share,) = mix(tmp_path / "mix.parquet", [qcd], 0.4, seed=seed, processor=PROCESSOR).values()
        assert (share.cross_section, share.expected, share.available) == (1.0, 400.0, 1000)
        drawn.append(share.drawn)
    assert abs(np.mean(drawn) - 400) < 3 * 20 / np.sqrt(20)
    assert 11 < np.std(drawn, ddof=1) < 29


def test_a_mixture_is_unweighted_and_the_same_for_the_same_seed(qcd: Dataset, tmp_path: Path) -> None:
    for name, seed, jobs in (("a", 1, 1), ("b", 1, 2), ("c", 2, 1)):
        mix(tmp_path / f"{name}.parquet", [qcd], 0.4, seed=seed, processor=PROCESSOR, jobs=jobs)
    a, b, c = (store.read(tmp_path / f"{name}.parquet") for name in "abc")
    assert a.digest() == b.digest() != c.digest()
    assert set(a["weight"]) == {1.0}
    assert set(a["truth"]) == {0}
    assert len(np.unique(a["event"])) == len(a)
    assert store.read_provenance(tmp_path / "a.parquet")["seeds"] == {"mixture": 1}


def test_a_signal_is_hidden(qcd: Dataset, make_events: Callable[..., Path], tmp_path: Path) -> None:
    signal = Dataset("xyy", (str(make_events("xyy.root", 100)),), "signal")
    hidden = Hidden(signal, events=30)
    shares = mix(tmp_path / "mix.parquet", [qcd], 0.4, hidden=hidden, processor=PROCESSOR)
    table = store.read(tmp_path / "mix.parquet")
    assert shares["xyy"] == Share(30 / 400, 30.0, 100, 30)
    assert int(table["truth"].sum()) == 30
    assert set(table["sample"][table["truth"] == 1]) == {sample_id("xyy")}
    assert len(table) == sum(share.drawn for share in shares.values())
    written = read_json(tmp_path / "mix.mixture.json")["mixture"]
    assert written["luminosity"] == 0.4
    assert written["shares"]["xyy"]["drawn"] == 30


@pytest.mark.parametrize("ending", ["parquet", "h5"])
def test_the_label_of_a_sample_stays_with_the_mixture(
    qcd: Dataset, make_nanoaod: Callable[..., Path], tmp_path: Path, ending: str
) -> None:
    processor = DijetProcessor(DijetSelection(deta_max=None, jet_id=False))
    qcd = Dataset("qcd", (str(make_nanoaod("full.root", n=200)),), "background", cross_section=4.0)
    mix(tmp_path / f"mix.{ending}", [qcd], 0.01, processor=processor)
    assert "label" not in read_json(tmp_path / "mix.mixture.json")["provenance"]
    with uproot.update(qcd.files[0]) as file:
        file["provenance"] = json.dumps({"label": "not for physics"})
    mix(tmp_path / f"mix.{ending}", [qcd], 0.01, processor=processor)
    assert read_json(tmp_path / "mix.mixture.json")["provenance"]["label"] == "not for physics"
    if ending == "h5":
        assert inspect(tmp_path / "mix.h5").label == "not for physics"
    else:
        assert store.read_provenance(tmp_path / "mix.parquet")["label"] == "not for physics"


def test_a_sample_that_is_too_small_is_named(qcd: Dataset, tmp_path: Path) -> None:
    with pytest.raises(
        MixtureError, match=r"sample 'qcd' is too small for 2 fb-1: \d+ events needed \(2000.0 exp"
    ):
        mix(tmp_path / "mix.parquet", [qcd], 2.0, processor=PROCESSOR)
    assert [path.name for path in tmp_path.iterdir()] == ["qcd.root"]
    with pytest.raises(MixtureError) as caught:
        mix(tmp_path / "mix.parquet", [qcd], 2.0, processor=PROCESSOR)
    largest = float(str(caught.value).split("at most ")[1].split()[0])
    assert 0.88 < largest < 0.92
    for seed in range(5):
        mix(tmp_path / "mix.parquet", [qcd], largest, seed=seed, processor=PROCESSOR)


@pytest.mark.parametrize(
    ("dataset", "luminosity", "message"),
    [
        ({"cross_section": None}, 1.0, "'qcd' has no cross section; add cross_section"),
        ({}, 0.0, "luminosity = 0; give a positive number"),
    ],
)
def test_mistakes_are_named(
    dataset: dict, luminosity: float, message: str, qcd: Dataset, tmp_path: Path
) -> None:
    given = Dataset(**{**vars(qcd), **dataset})
    with pytest.raises(MixtureError, match=message):
        mix(tmp_path / "mix.parquet", [given], luminosity, processor=PROCESSOR)


def test_weighted_events_are_drawn_in_proportion_to_their_weight(make_table: Maker) -> None:
    n = 20_000
    weight = np.random.default_rng(1).choice([1.0, 2.0, 4.0], n)
    table = make_table(n, 1, weight=weight)
    number = int(0.9 * capacity(weight))
    chosen = draw(table, number, seed=3)
    assert chosen.sum() == number
    for w in (1.0, 2.0, 4.0):
        expected = number * w / weight.sum()
        here = chosen[weight == w]
        assert abs(here.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / len(here))


def test_a_larger_draw_holds_the_smaller_one(make_table: Maker) -> None:
    table = make_table(500, 1)
    small, large = draw(table, 100, 1), draw(table, 200, 1)
    assert not (small & ~large).any()
    order = np.random.default_rng(2).permutation(500)
    assert (draw(table.where(order), 100, 1) == small[order]).all()


def test_impossible_draws(make_table: Maker) -> None:
    table = make_table(10, 1, weight=np.array([5.0, *np.ones(9)]))
    assert draw(table, 2, 1).sum() == 2
    with pytest.raises(MixtureError, match="3 events asked for, 3 can be drawn"):
        draw(table, 3, 1)
    with pytest.raises(MixtureError, match="1 events have weights that are not positive"):
        draw(make_table(10, 1, weight=np.array([0.0, *np.ones(9)])), 1, 1)
    assert draw(make_table(0, 1), 0, 1).sum() == 0
