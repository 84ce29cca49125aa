"""Lists, data set JSON and HDF5 files, through the command line and as samples of a search."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import uproot
from dijethunt.datasets import store
from dijethunt.workflows.toml import load
from typer.testing import Result

Command = Callable[..., Result]
CONFIG = """
title = "Search in features"
quantities = ["msd", "tau21", "tau32"]

[samples.qcd]
kind = "background"
files = ["features.txt"]

[samples.resonance]
kind = "signal"
files = ["features.txt"]

[selection]
mjj_min = 1500.0
deta_max = 9.0

[searches.injected]
data = ["qcd"]
signal = "resonance"
mass = 3500.0
events = 150

[taggers.inclusive]
efficiency = 1.0

[fit]
range = [1530.0, 6000.0]

[scan]
range = [1530.0, 6000.0]
toys = 0
"""


@pytest.fixture
def folder(make_features: Callable[..., Path], tmp_path: Path) -> Path:
    """A folder with a falling background and a narrow signal in two files of features, and a list of them."""
    rng = np.random.default_rng(8)
    for i in range(2):
        mjj = np.concatenate([1500 * (1 - rng.uniform(size=6000)) ** (-1 / 6), rng.normal(3500, 100, 300)])
        make_features(f"{i}.h5", mjj, seed=i, label=np.repeat([0.0, 1.0], [6000, 300]))
    (tmp_path / "features.txt").write_text("0.h5\n1.h5 # both\n")
    return tmp_path


def test_hdf5_is_recognised_by_its_content(dijethunt: Command, folder: Path) -> None:
    (folder / "0.h5").rename(folder / "download")
    result = dijethunt(
        "select", folder / "download", "-o", folder / "t.parquet", "--set", "selection.deta_max=9.0"
    )
    table = store.read(folder / "t.parquet")
    flow = json.loads((folder / "t.cutflow.json").read_text())["download"]
    assert (flow["kind"], flow["cuts"][0]["events"]) == ("mixed", 6300)
    assert len(table) == flow["cuts"][-1]["events"] == 6300
    assert table["truth"].sum() == 300
    assert "6300" in result.stdout


def test_list_and_json_select_the_same_events(dijethunt: Command, folder: Path) -> None:
    content = {"0": {"files": {"*.h5": "Events"}, "metadata": {"kind": "signal", "xsec": 0.02}}}
    (folder / "samples.json").write_text(json.dumps(content))
    for name in ("features.txt", "samples.json"):
        dijethunt("select", folder / name, "-o", folder / f"{name}.parquet")
    everything = store.read(folder / "features.txt.parquet")
    signal = store.read(folder / "samples.json.parquet")
    assert everything.where(everything["truth"] == 1).digest() == signal.digest()
    assert json.loads((folder / "samples.json.cutflow.json").read_text())["0"]["cross_section"] == 0.02


def test_table_for_the_tools_of_cms(
    dijethunt: Command, make_nanoaod: Callable[..., Path], tmp_path: Path
) -> None:
    source = make_nanoaod("source.root", n=60)
    dijethunt("select", source, "-o", tmp_path / "a.h5", "--set", "constituents=true")
    dijethunt("select", source, "-o", tmp_path / "direct.parquet", "--set", "constituents=true")
    dijethunt("select", tmp_path / "a.h5", "-o", tmp_path / "again.parquet", "--set", "constituents=true")
    direct, again = (store.read(tmp_path / f"{name}.parquet") for name in ("direct", "again"))
    assert direct.only(direct.columns).digest() == again.only(direct.columns).digest()
    flows = [json.loads((tmp_path / f"{name}.cutflow.json").read_text()) for name in ("direct", "again")]
    assert flows[0]["source"]["acceptance"] == pytest.approx(flows[1]["a"]["acceptance"])


def test_a_search_takes_background_and_signal_from_the_same_files(dijethunt: Command, folder: Path) -> None:
    config = folder / "search.toml"
    config.write_text(CONFIG)
    assert load(config).samples["qcd"].files == (str(folder / "features.txt"),)
    dijethunt("run", config, "--store", folder / "store", "-o", folder / "out")
    results = json.loads((folder / "out" / "results.json").read_text())
    assert results
    selected = {
        path.parent.name: [row["events"] for row in next(iter(json.loads(path.read_text()).values()))["cuts"]]
        for path in (folder / "store" / "select").glob("*/table.cutflow.json")
    }
    assert sorted(events[:2] for events in selected.values()) == [[12600, 600], [12600, 12000]]


MIXED = """
title = "Search in a mixture"
catalogue = "catalogue.toml"

[samples.mock]
kind = "mixed"
files = ["mock.h5"]

[selection]
mjj_min = 2100.0

[searches.mock]
data = ["mock"]
signal = "xyy"
mass = 3000.0

[taggers.inclusive]
efficiency = 1.0

[fit]
range = [2132.0, 6000.0]

[scan]
range = [2200.0, 4100.0]
toys = 0
"""
CATALOGUE = """
[xyy]
files = ["signal.root"]
kind = "signal"

[qcd]
files = ["background.root"]
kind = "background"
cross_section = 4.0
"""


def test_a_search_in_a_mixture_of_its_catalogue(
    dijethunt: Command, search: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Samples that no search uses do no harm, hidden events are signal nowhere else, and the label is kept."""
    for name in ("signal.root", "background.root"):
        shutil.copy(search / name, tmp_path)
    with uproot.update(tmp_path / "signal.root") as file:
        file["provenance"] = json.dumps({"label": "not for physics"})
    (tmp_path / "catalogue.toml").write_text(CATALOGUE)
    (tmp_path / "mock.toml").write_text(MIXED)
    with monkeypatch.context() as patch:  # the files do not say how many events were generated
        patch.setattr("dijethunt.analysis.selection.SampleFlow.acceptance", 0.25)
        options = ["--luminosity", 8, "--signal", "xyy", "--events", 60, "--set", "selection.mjj_min=2100.0"]
        dijethunt("mix", tmp_path / "catalogue.toml", "-o", tmp_path / "mock.h5", *options)
    dijethunt("run", tmp_path / "mock.toml", "--store", tmp_path / "store", "-o", tmp_path / "out")
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    page = (tmp_path / "out" / "report.html").read_text()
    found = results["searches"]["mock"]
    assert set(results["samples"]) == {"mock", "xyy"}
    assert (found["injected"], found["labelled"]) == (0, 60)
    assert found["signal"]["events"] == results["samples"]["xyy"]["events"] - 60
    assert results["label"] == "not for physics"
    assert "60 signal events by truth" in page
    assert "0 of them injected signal, 60 others signal by truth" in page
    assert "nothing injected" not in page
